"""Files at hand, read in children."""

from __future__ import annotations

from kernel.contracts.activity import SportTag
from trackfiles.children import Children
from trackfiles.outing import Outing, SaidSport
from trackfiles.questions import Content, OutingRead, ReadOuting, Refused
from trackfiles.wire import Reply


def reply(
    children: Children,
    content: bytes,
    name: str = "",
    *,
    sport: SportTag | None = None,
    otherwise: SportTag | None = None,
) -> Reply:
    """What a child says of a file."""
    return children.ask(ReadOuting(Content(content), name, SaidSport(sport, otherwise)))


def outing_in(children: Children, content: bytes, name: str = "", *, sport: SportTag | None = None) -> Outing:
    """The outing in a file that has one."""
    answer = reply(children, content, name, sport=sport).answer
    assert isinstance(answer, OutingRead), answer
    return answer.outing


def refusal_of(children: Children, content: bytes, name: str = "") -> Refused:
    """Why a file is refused that is."""
    answer = reply(children, content, name).answer
    assert isinstance(answer, Refused), answer
    return answer
