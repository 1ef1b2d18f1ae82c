"""What there is to read under a path: one file, a folder, a ZIP archive, or a Strava bulk export as either of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from trackfiles.export_table import TABLE_NAME, TRACK_NAME, Row, rows_of
from trackfiles.outing import Dropped
from trackfiles.reading import MAX_FILE_BYTES
from trackfiles.sports import other_sport_of_word, sport_of_word
from trackfiles.zipped import content_of, members_of, open_archive, refusal_of

_ARCHIVE_NAMES: Final = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz")
_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_RATIO: Final = 100
_ALLOWANCE_BYTES: Final = 64 * 1024**2
_SHOWN_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may hold an activity; `content` reads it when called and raises BadTrack.

    `sport` is what a table beside the files says, which beats the file.
    """

    name: str
    content: Callable[[], bytes]
    sport: SportTag | None = None


Contents = Mapping[str, Callable[[], bytes]]


def entries_of(path: Path, opened: ExitStack, shown: str | None = None) -> Iterator[Entry | Dropped]:
    """What there is to read at a path, and what is known to be useless before it is read.

    An archive stays open as long as `opened`. A file that is named is read whatever its name; in folders and archives
    only track files are looked at; links in folders are not followed. `shown` is what the path is called in the names
    of entries, its own name unless given.
    """
    shown = shown_name(shown or path.name or str(path))
    try:
        if path.is_dir():
            yield from _of_folder(path, shown, opened)
        elif not path.is_file():
            yield Dropped(shown, "missing_file", "There is no such file.")
        elif _is_zip(path):
            yield from _of_archive(path, shown, opened)
        else:
            yield Entry(shown, partial(_content_of_file, path))
    except BadTrack as bad:
        yield Dropped(shown, bad.reason, str(bad))
    except OSError:
        yield Dropped(shown, "missing_file", "This file or folder cannot be opened.")


def shown_name(name: str) -> str:
    """A name as it may be printed: no control characters, and not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:_SHOWN_NAME]


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _ZIP_MAGIC


def _content_of_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadTrack("missing_file", "This file cannot be opened.") from error


def _of_folder(folder: Path, shown: str, opened: ExitStack) -> Iterator[Entry | Dropped]:
    contents: dict[str, Callable[[], bytes]] = {}
    for where, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(where, file)
            if path.is_symlink() or not path.is_file() or file.startswith("."):
                continue
            name = path.relative_to(folder).as_posix()
            if file.lower().endswith(".zip"):
                yield from entries_of(path, opened, f"{shown}/{name}")
            elif TRACK_NAME.fullmatch(file) or file == TABLE_NAME:
                contents[name] = partial(_content_of_file, path)
    yield from _of_contents(contents, shown)


def _of_archive(path: Path, shown: str, opened: ExitStack) -> Iterator[Entry | Dropped]:
    archive = opened.enter_context(open_archive(path))
    contents: dict[str, Callable[[], bytes]] = {}
    left_bytes = _ALLOWANCE_BYTES + _MOST_RATIO * path.stat().st_size
    for member in members_of(archive):
        name = member.filename
        here = f"{shown}/{shown_name(name)}"
        if name.lower().endswith(_ARCHIVE_NAMES):
            yield Dropped(here, "nested_archive", "This is an archive within an archive. Unpack the outer one first.")
            continue
        if not TRACK_NAME.fullmatch(name) and PurePosixPath(name).name != TABLE_NAME:
            continue
        left_bytes -= member.file_size
        bad = refusal_of(member, MAX_FILE_BYTES)
        if bad is None and left_bytes < 0:
            bad = BadTrack("archive_too_large", "Unpacked, this archive would be larger than any real one. Split it.")
        if bad is None:
            contents[name] = partial(content_of, archive, member, MAX_FILE_BYTES)
        else:
            yield Dropped(here, bad.reason, str(bad))
    yield from _of_contents(contents, shown)


def _of_contents(contents: Contents, shown: str) -> Iterator[Entry | Dropped]:
    """The files with what the table of an export says about them, if there is one."""
    table = min((name for name in contents if PurePosixPath(name).name == TABLE_NAME), key=_depth, default=None)
    spoken_for: set[str] = set()
    if table is not None:
        base = table.removesuffix(TABLE_NAME)
        for row in _rows(contents[table]):
            name = None if row.filename is None else base + row.filename
            yield _of_row(row, name, contents, shown, spoken_for)
            spoken_for.add(name or "")
    for name in sorted(contents):
        if name not in spoken_for and PurePosixPath(name).name != TABLE_NAME:
            yield Entry(f"{shown}/{shown_name(name)}", contents[name])


def _rows(content: Callable[[], bytes]) -> list[Row]:
    try:
        return rows_of(content())
    except BadTrack:
        return []


def _of_row(row: Row, name: str | None, contents: Contents, shown: str, spoken_for: set[str]) -> Entry | Dropped:
    here = f"{shown}/{shown_name(name or f'{TABLE_NAME}, line {row.line}')}"
    sport = sport_of_word(row.sport_word)
    if sport is None and (other := other_sport_of_word(row.sport_word)):
        return Dropped(
            here, "other_sport", f"This is {other}; only runs, trail runs, hikes and walks tell a pace on foot."
        )
    if name is None:
        return Dropped(here, "no_file", "This activity was entered by hand, so there is no recording of it.")
    if name in spoken_for:
        return Dropped(here, "duplicate_row", "The table of the export lists this file twice.")
    if name not in contents:
        return Dropped(here, "missing_file", "The table of the export lists this file, but it is not there.")
    return Entry(here, contents[name], sport)


def _depth(name: str) -> tuple[int, str]:
    return name.count("/"), name
