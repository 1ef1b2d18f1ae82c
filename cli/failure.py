"""What the command says instead of a traceback: `code: sentence`, and exit code 2; of files first of all."""

from __future__ import annotations

from pathlib import Path

from kernel.errors import DomainError

EXIT_CODE = 2


class Refused(DomainError):
    """Something the person at the terminal can put right; `code` is stable, `str()` is one sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def content_of(path: Path, most_bytes: int = -1) -> bytes:
    """What is in a file that was named, no more than `most_bytes` of it. Raises Refused."""
    try:
        with path.open("rb") as stream:
            return stream.read(most_bytes)
    except FileNotFoundError as error:
        raise Refused("file_not_found", f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise Refused("not_a_file", f"{path} is a folder; name the file itself.") from error
    except OSError as error:
        raise Refused("file_not_readable", f"{path} cannot be read: {error.strerror}.") from error


def write_file(path: Path, content: bytes) -> None:
    """Writes a file that was asked for. Raises Refused."""
    try:
        path.write_bytes(content)
    except FileNotFoundError as error:
        sentence = f"{path} cannot be written, because there is no folder {path.parent}."
        raise Refused("folder_not_found", sentence) from error
    except IsADirectoryError as error:
        raise Refused("not_a_file", f"{path} is a folder; name the file to write.") from error
    except OSError as error:
        raise Refused("file_not_writable", f"{path} cannot be written: {error.strerror}.") from error
