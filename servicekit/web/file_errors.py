"""What is wrong with a file before anybody looks into it: it is too large, or it is not there."""

from __future__ import annotations

from typing import Final

from kernel.errors import DomainError
from kernel.tracks import MAX_GPX_BYTES

MAX_ARCHIVE_BYTES: Final = 500 * 1024 * 1024
"""What is taken of a whole history in one archive."""


class FileTooLarge(DomainError):
    """The file has more bytes than are read."""

    sentence = f"The file is larger than the {MAX_GPX_BYTES // 2**20} MiB that are accepted; please thin it out."


class FilesTooLarge(FileTooLarge):
    """Several files that have more bytes together than are taken at once."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"These files are larger than the {most_bytes // 2**20} MiB that are accepted together. Leave out the "
            "photos, or send a part of them."
        )


class ArchiveTooLarge(FileTooLarge):
    """The archive has more bytes than are taken."""

    sentence = (
        f"The archive is larger than the {MAX_ARCHIVE_BYTES // 2**20} MiB that are accepted. Leave out the photos."
    )


class FileMissing(DomainError):
    """There is no file, or nothing in it."""

    sentence = "The file is empty; please send it as the body or as the form field `file`."
