"""SQL about the audit of hand-outs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Session

from ayda_service.audit.models import HandOutChain, TokenHandOut
from ayda_service.models_base import Base
from servicekit.data.upsert import insert_if_absent

START: Final = "0" * 64
"""The digest before the first hand-out."""
_EMPTY: Final = {"id": 1, "seq": 0, "digest": START, "removed_seq": 0, "removed_digest": START}
_BATCH: Final = 1000
_CHAIN, _HAND_OUTS = (Base.metadata.tables[each.__tablename__] for each in (HandOutChain, TokenHandOut))
# made once and without the mapper: each hand-out runs them
_END: Final = select(_CHAIN.c.seq, _CHAIN.c.digest).with_for_update()
_MOVE_END: Final = update(_CHAIN).values(seq=bindparam("last_seq"), digest=bindparam("last_digest"))
_WRITE: Final = insert(_HAND_OUTS)
_ONE_STATE: Final = text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
"""The connection of a reading session begins nothing by itself; given back, it ends what was begun."""


class Given(NamedTuple):
    """A token of this athlete, given to the holder of a key, and why; or what else was done with their tokens.

    What is not `named` is in the chain for ever and tells nobody whose tokens they were.
    """

    athlete_id: int
    api_key_id: str
    reason: str
    request_id: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """The number of a hand-out, and the digest of it and of all before it."""

    seq: int
    digest: str


class AuditStore:
    """The chain inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, given: Sequence[Given], at: datetime) -> list[Link]:
        """Writes these down; where in the chain each of them is. Writers of all processes queue at its one row."""
        if not given:
            return []
        last = self._end_of_chain()
        rows: list[dict[str, Any]] = []
        for seq, each in enumerate(given, last.seq + 1):
            salt = secrets.token_hex(16)
            row = {**each._asdict(), "seq": seq, "salt": salt, "subject": subject_of(each.athlete_id, salt)}
            if not row.pop("named"):
                row["athlete_id"] = row["salt"] = None
            row["handed_out_at"] = at
            row["digest"] = digest_after(rows[-1]["digest"] if rows else last.digest, row)
            rows.append(row)
        self._session.execute(_WRITE, rows)
        self._session.execute(_MOVE_END, {"last_seq": rows[-1]["seq"], "last_digest": rows[-1]["digest"]})
        return [Link(row["seq"], row["digest"]) for row in rows]

    def freeze(self) -> None:
        """Everything read from now on belongs to one state of the database; to be called first."""
        if self._session.get_bind().dialect.name == "postgresql":  # where otherwise each statement sees its own
            self._session.execute(_ONE_STATE)

    def chain(self) -> HandOutChain:
        """Both ends of the chain."""
        return self._session.scalars(select(HandOutChain)).one_or_none() or HandOutChain(**_EMPTY)

    def _end_of_chain(self) -> Link:
        """The last link, held until the transaction ends."""
        row = self._session.execute(_END).one_or_none()
        if row is None:
            insert_if_absent(self._session, HandOutChain, _EMPTY)
            row = self._session.execute(_END).one()
        return Link(row.seq, row.digest)

    def rows(self) -> Iterator[RowMapping]:
        """Every hand-out that is kept, in order, a batch in memory at a time."""
        after = -1
        next_ones = select(_HAND_OUTS).order_by(_HAND_OUTS.c.seq).limit(_BATCH)
        while found := self._session.execute(next_ones.where(_HAND_OUTS.c.seq > after)).mappings().all():
            yield from found
            after = found[-1]["seq"]

    def remove_before(self, moment: datetime) -> int:
        """How many of the oldest hand-outs were removed; the chain remembers where it now begins."""
        self._end_of_chain()
        chain = self.chain()
        kept = select(TokenHandOut.seq).where(TokenHandOut.handed_out_at >= moment)
        oldest = kept.order_by(TokenHandOut.handed_out_at, TokenHandOut.seq).limit(1)
        first_kept = self._session.scalars(oldest).one_or_none()
        if first_kept is not None:
            # a clock that was set back has handed out later ones at an earlier time
            before = kept.where(TokenHandOut.seq > chain.removed_seq, TokenHandOut.seq <= first_kept)
            first_kept = self._session.scalars(before.order_by(TokenHandOut.seq).limit(1)).one()
        last = chain.seq if first_kept is None else first_kept - 1
        removed = last - chain.removed_seq
        if removed <= 0:
            return 0
        row = self._session.get(TokenHandOut, last)
        chain.removed_digest = START if row is None else row.digest
        chain.removed_seq = last
        self._session.execute(delete(TokenHandOut).where(TokenHandOut.seq <= last))
        return removed


def subject_of(athlete_id: int, salt: str) -> str:
    """What stands for an athlete in the chain; without the salt nobody finds out for whom."""
    return hashlib.sha256(f"{salt}:{athlete_id}".encode()).hexdigest()


def digest_after(previous: str, row: Mapping[str, Any]) -> str:
    """The digest of a hand-out that follows `previous`."""
    at = row["handed_out_at"].astimezone(UTC).isoformat(timespec="microseconds")
    content = [previous, *(row[name] for name in ("seq", "subject", "api_key_id", "reason", "request_id")), at]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()
