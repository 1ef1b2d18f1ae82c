"""Files and folders that only their owner reads, whatever the umask: what members sent or are known by lies in them."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

import structlog

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077


def make_private_folder(folder: Path) -> None:
    """Makes the folder and those on the way to it that are missing, for their owner alone; one that is there stays.

    Raises OSError when it cannot be made.
    """
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        with contextlib.suppress(FileExistsError):  # another process was quicker
            missing.mkdir(FOLDER_MODE)


def make_private_file(path: Path) -> None:
    """Makes an empty file for its owner alone where there is none, and takes one that is there from all others.

    A file that cannot be made is left to who opens it, and says what is wrong.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, FILE_MODE))
    correct_mode(path)


def correct_mode(path: Path) -> None:
    """Takes a file or folder from all but its owner, and says so in the log. What is not there is left alone."""
    try:
        found = path.stat()
        if not found.st_mode & _OTHERS:
            return
        path.chmod(FOLDER_MODE if stat.S_ISDIR(found.st_mode) else FILE_MODE)
    except FileNotFoundError:
        return
    except OSError as error:
        structlog.get_logger(__name__).warning("file_open_to_others", file=path.name, reason=type(error).__name__)
        return
    structlog.get_logger(__name__).warning("file_made_private", file=path.name, was=oct(stat.S_IMODE(found.st_mode)))
