"""What there is to read under a path: one file, a folder, a ZIP archive, or a Strava bulk export as either of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from kernel.contracts.activity import SportTag
from kernel.tracks import BadTrack
from trackfiles.export import entries_of_files, shown_name
from trackfiles.export_table import TRACK_NAME, is_table
from trackfiles.outing import Dropped
from trackfiles.questions import Answer, ArchiveListed, File, ListArchive, Packed, Refused
from trackfiles.reading import MAX_FILE_BYTES
from trackfiles.tarred import TAR_NAMES
from trackfiles.zipped import Archive, is_zip

AskList: TypeAlias = Callable[[ListArchive], Answer]
"""Has a child list an archive."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may hold an activity; `sport` is what a table beside it says, which beats the file."""

    name: str
    source: File | Packed
    sport: SportTag | None = None


def entries_of(
    path: Path, ask: AskList, shown: str | None = None, *, key: bytes | None = None
) -> Iterator[Entry | Dropped]:
    """What there is to read at a path, and what is known to be useless before it is read.

    With a key there is an archive that lies sealed under it.

    A file that is named is read whatever its name; in folders and archives only track files are looked at; links in
    folders are not followed. `shown` is what the path is called in the names of entries, its own name unless given.
    """
    shown = shown_name(shown or path.name or str(path))
    try:
        if path.is_dir():
            yield from _of_folder(path, shown, ask)
        elif not path.is_file():
            yield Dropped(shown, "missing_file", "There is no such file.")
        elif key is not None or _is_archive(path):
            yield from _of_archive(Archive(str(path), key), shown, ask)
        else:
            yield Entry(shown, File(str(path)))
    except OSError:
        yield Dropped(shown, "missing_file", "This file or folder cannot be opened.")


def _is_archive(path: Path) -> bool:
    if path.name.lower().endswith(TAR_NAMES):
        return True
    with path.open("rb") as file:
        return is_zip(file.read(4))


def _of_archive(archive: Archive, shown: str, ask: AskList) -> Iterator[Entry | Dropped]:
    answer = ask(ListArchive(archive, shown))
    if isinstance(answer, Refused):
        yield Dropped(shown, answer.code, answer.sentence)
    elif isinstance(answer, ArchiveListed):
        for one in answer.found:
            yield one if isinstance(one, Dropped) else Entry(one.name, Packed(archive, one.member), one.sport)


def _of_folder(folder: Path, shown: str, ask: AskList) -> Iterator[Entry | Dropped]:
    places: dict[str, Path] = {}
    for where, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(where, file)
            if path.is_symlink() or not path.is_file() or file.startswith("."):
                continue
            name = path.relative_to(folder).as_posix()
            if file.lower().endswith((".zip", *TAR_NAMES)):
                yield from entries_of(path, ask, f"{shown}/{name}")
            elif TRACK_NAME.fullmatch(file) or is_table(file):
                places[name] = path
    for one in entries_of_files(places, _content_of_table, shown):
        yield one if isinstance(one, Dropped) else Entry(one.name, File(str(one.place)), one.sport)


def _content_of_table(path: Path) -> bytes:
    """The table of an export that its owner has unpacked; tracks are opened by children alone."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadTrack("missing_file", "This file cannot be opened.") from error
