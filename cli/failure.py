"""What the command says instead of a traceback: `code: sentence`, and exit code 2."""

from __future__ import annotations

import errno
from pathlib import Path

from kernel.errors import DomainError

EXIT_CODE = 2


class Refused(DomainError):
    """Something the person at the terminal can put right; `code` is stable, `str()` is one sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def not_readable(path: Path, error: OSError) -> Refused:
    """Why a file that was named cannot be read."""
    if error.errno == errno.ENOENT:
        return Refused("file_not_found", f"There is no file {path}.")
    if error.errno == errno.EISDIR:
        return Refused("not_a_file", f"{path} is a folder; name the file itself.")
    return Refused("file_not_readable", f"{path} cannot be read: {error.strerror}.")


def not_writable(path: Path, error: OSError) -> Refused:
    """Why a file that was asked for cannot be written."""
    if error.errno == errno.ENOENT:
        return Refused("folder_not_found", f"{path} cannot be written, because there is no folder {path.parent}.")
    if error.errno == errno.EISDIR:
        return Refused("not_a_file", f"{path} is a folder; name the file to write.")
    return Refused("file_not_writable", f"{path} cannot be written: {error.strerror}.")
