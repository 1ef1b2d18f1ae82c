"""What there is to read in a folder or an archive, with what the table of a Strava export says about its files."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Generic, TypeVar

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from trackfiles.export_table import TRACK_NAME, Row, is_table, rows_of
from trackfiles.outing import Dropped, other_sport_sentence
from trackfiles.reading import MAX_FILE_BYTES
from trackfiles.sports import other_sport_of_word, sport_of_word
from trackfiles.tarred import TarMember, content_of_any, is_tar, tar_members
from trackfiles.zipped import Archive, Member, found_in, members_of, open_archive, refusal_of

_ARCHIVE_NAMES: Final = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz")
_MOST_RATIO: Final = 100
_ALLOWANCE_BYTES: Final = 64 * 1024**2
_SHOWN_NAME: Final = 200
_NOT_LOOKED_AT: Final = BadTrack("not_gpx", "This is no track file.")
_BY_HAND: Final = ("no_file", "This activity was entered by hand, so there is no recording of it.")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Found(Generic[P]):
    """A file that may hold an activity, where it lies, and what a table beside it says, which beats the file."""

    name: str
    place: P
    sport: SportTag | None = None


def shown_name(name: str) -> str:
    """A name as it may be printed: no control characters, and not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:_SHOWN_NAME]


def entries_of_archive(archive: Archive, shown: str) -> Iterator[Found[Member | TarMember] | Dropped]:
    """The entries of a ZIP or TAR archive, and what is known to be useless before it is read. Raises BadTrack."""
    listed = tar_members(archive, MAX_FILE_BYTES) if is_tar(archive) else _zip_members(archive)
    members: dict[str, Member | TarMember] = {}
    for name, member in listed:
        here = f"{shown}/{shown_name(name)}"
        if name.lower().endswith(_ARCHIVE_NAMES):
            yield Dropped(here, "nested_archive", "This is an archive within an archive. Unpack the outer one first.")
        elif not TRACK_NAME.fullmatch(name) and not is_table(name):
            continue
        elif isinstance(member, BadTrack):
            yield Dropped(here, member.reason, str(member))
        else:
            members[name] = member
    yield from entries_of_files(members, lambda member: content_of_any(archive, member, MAX_FILE_BYTES), shown)


def _zip_members(archive: Archive) -> Iterator[tuple[str, Member | BadTrack]]:
    """Each file of a ZIP archive, or why it is not to be read."""
    archive_bytes = Path(archive.path).stat().st_size
    left_bytes = _ALLOWANCE_BYTES + _MOST_RATIO * archive_bytes
    with open_archive(archive) as opened:
        for member in members_of(opened):
            name = member.filename.replace("\\", "/")  # as some programs write them
            if not TRACK_NAME.fullmatch(name) and not is_table(name):
                yield name, _NOT_LOOKED_AT
                continue
            left_bytes -= member.file_size
            bad = refusal_of(member, MAX_FILE_BYTES, archive_bytes)
            if bad is None and left_bytes < 0:
                bad = BadTrack(
                    "archive_too_large", "Unpacked, this archive would be larger than any real one. Split it."
                )
            yield name, bad or found_in(member)


def entries_of_files(
    places: Mapping[str, P], content_of: Callable[[P], bytes], shown: str
) -> Iterator[Found[P] | Dropped]:
    """The files of these names with what the tables of exports say about them, of which there may be several."""
    tables = sorted((name for name in places if is_table(name)), key=_depth)
    names = _Names(name for name in places if name not in tables)
    spoken_for: set[str] = set()
    for table in tables:
        base = table[: len(table) - len(PurePosixPath(table).name)]
        for row in _rows(places[table], content_of):
            name = None if row.filename is None else names.of(base, row.filename)
            here = f"{shown}/{shown_name(name or f'{table}, line {row.line}')}"
            refused = _refused(row, name, places, spoken_for)
            if refused is not None or name is None:
                yield Dropped(here, *(refused or _BY_HAND))
            else:
                yield Found(here, places[name], sport_of_word(row.sport_word))
            spoken_for.add(name or "")
    for name in sorted(places):
        if name not in spoken_for and name not in tables:
            yield Found(f"{shown}/{shown_name(name)}", places[name])


class _Names:
    """The files that are there, found by the name a table gives them.

    Whoever unpacks an export may have unpacked its files too, or keep names on a disk to which case means nothing.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._loosely: dict[str, str] = {}
        for name in sorted(self._names):
            self._loosely.setdefault(_loose(name), name)

    def of(self, base: str, filename: str) -> str:
        """The name of the file that is there, or the one it should have."""
        wanted = base + filename
        return wanted if wanted in self._names else self._loosely.get(_loose(wanted), wanted)


def _loose(name: str) -> str:
    return name.replace("\\", "/").lower().removesuffix(".gz")


def _rows(table: P, content_of: Callable[[P], bytes]) -> list[Row]:
    try:
        return rows_of(content_of(table))
    except BadTrack:
        return []


def _refused(row: Row, name: str | None, places: Container[str], spoken_for: Container[str]) -> tuple[str, str] | None:
    """Why a row is not to be read, as a code and a sentence."""
    if other := other_sport_of_word(row.sport_word):
        return "other_sport", other_sport_sentence(other)
    if name is None:
        return _BY_HAND
    if name in spoken_for:
        return "duplicate_row", "The table of the export lists this file twice."
    if name not in places:
        return "missing_file", "The table of the export lists this file, but it is not there."
    return None


def _depth(name: str) -> tuple[int, str]:
    return name.count("/"), name
