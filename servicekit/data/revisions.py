"""Which revision a service's database has and which its code needs, read without the tools of migrations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from servicekit.data.trouble import DatabaseUnavailable, trouble_told

_ASSIGNED: Final = re.compile(r"^(revision|down_revision)(?:: [^=]+)? = (?:'([^']+)'|\"([^\"]+)\"|None)", re.MULTILINE)
_NUMBER: Final = re.compile(r"\d+")


class WrongRevision(DomainError):
    """The database is not the one this code was made for."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """Those that a service's code knows; the head is the one it needs."""

    service: str
    head: str
    known: frozenset[str]

    def check(self, session: Session) -> None:
        """Raises WrongRevision. A database that is further than this code is no trouble: it will be replaced soon."""
        versions = table(f"alembic_version_{self.service}", column("version_num"))
        try:
            with trouble_told():
                have = session.scalars(select(versions.c.version_num)).first()
        except DatabaseUnavailable as trouble:
            if trouble.kind != "not_migrated":
                raise
            have = None
        if have == self.head or (have is not None and self._is_ahead(have)):
            return
        found = "has none of this service's revisions" if have is None else f"is at revision {have}"
        raise WrongRevision(f"The database {found}, {self.head} is needed: ayda migrate {self.service}")

    def _is_ahead(self, have: str) -> bool:
        mine, theirs = _NUMBER.match(self.head), _NUMBER.match(have)
        return have not in self.known and mine is not None and theirs is not None and int(theirs[0]) > int(mine[0])


@lru_cache
def revisions_of(service: str) -> Revisions:
    """The revisions in the service's package. Raises LookupError for a package without."""
    spec = find_spec(f"{service}_service")
    if spec is None or spec.origin is None:
        raise LookupError(service)
    files = (Path(spec.origin).parent / "migrations" / "versions").glob("*.py")
    found = [dict(_names(file.read_text(encoding="utf-8"))) for file in files]
    known = {each["revision"] for each in found if each.get("revision")}
    heads = known - {each.get("down_revision") for each in found}
    if len(heads) != 1:
        raise LookupError(f"{service} has {len(heads)} last revisions")
    return Revisions(service, str(heads.pop()), frozenset(str(each) for each in known))


def _names(source: str) -> list[tuple[str, str | None]]:
    return [(match[1], match[2] or match[3]) for match in _ASSIGNED.finditer(source)]
