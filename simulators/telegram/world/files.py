"""Files that were sent: their bytes, their names, and the paths under which they can be fetched for an hour."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

import msgspec

PATH_HOLDS_S: Final = 3_600.0


class StoredFile(msgspec.Struct, frozen=True):
    """What is known of a file; `size` may be said to be more than there is, to try limits."""

    id: str
    unique_id: str
    name: str
    mime: str
    size: int

    def identity(self) -> dict[str, str | int]:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileBox:
    """All files, in memory or, with a folder, there: a later simulator with the same folder knows them again."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._files: dict[str, StoredFile] = {}
        self._bytes: dict[str, bytes] = {}
        self._paths: dict[str, tuple[str, float]] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            known = (msgspec.json.decode(path.read_bytes(), type=StoredFile) for path in folder.glob("*.json"))
            self._files = {file.id: file for file in known}

    def keep(self, content: bytes, name: str, mime: str, *, size: int | None = None) -> StoredFile:
        """The file as it is known from now on; the same bytes under the same name are the same file."""
        digest = hashlib.sha256(content + name.encode()).digest()
        unique = base64.urlsafe_b64encode(digest[:11]).decode().rstrip("=")
        told = len(content) if size is None else size
        file = StoredFile(f"BQACAgIAAxkBAAI{unique}{told:x}", f"AgAD{unique}", name, mime, told)
        self._files[file.id] = file
        if self._folder is None:
            self._bytes[file.id] = content
        else:
            (self._folder / f"{file.id}.bin").write_bytes(content)
            (self._folder / f"{file.id}.json").write_bytes(msgspec.json.encode(file))
        return file

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def content(self, file: StoredFile) -> bytes:
        if self._folder is None:
            return self._bytes[file.id]
        return (self._folder / f"{file.id}.bin").read_bytes()

    def path_to(self, file: StoredFile, now_s: float) -> str:
        """A path that holds for an hour from now."""
        ending = Path(file.name).suffix.lower() if file.name.isascii() else ""
        folder = "photos" if file.mime.startswith("image/") else "documents"
        path = f"{folder}/file_{list(self._files).index(file.id)}{ending}"
        self._paths[path] = (file.id, now_s + PATH_HOLDS_S)
        return path

    def at(self, path: str, now_s: float) -> StoredFile | None:
        """The file at a path that was given and still holds."""
        file_id, until_s = self._paths.get(path, ("", 0.0))
        return self._files.get(file_id) if now_s <= until_s else None
