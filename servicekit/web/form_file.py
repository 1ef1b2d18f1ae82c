"""Files in a form, taken out as the form arrives: `multipart/form-data`, field `file`, once or several times."""

from __future__ import annotations

from typing import Final

from litestar.exceptions import ClientException
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from servicekit.web.sinks import FileSink, SeveralFiles

_FIELD: Final = "file"
_MOST_FIELDS: Final = 32
_LONGEST_TEXT: Final = 128 * 1024


class _Form:
    """Tells of each field as it begins, and of its content in pieces. Raises ClientException for what is no form."""

    def __init__(self, boundary: str, most_fields: int) -> None:
        self._field = ""
        try:
            self._parser = PushMultipartParser(boundary.encode(), max_segment_count=most_fields)
        except MultipartError as error:
            raise _no_form() from error

    def put(self, piece: bytes) -> None:
        """The next piece of the form; what follows its end is passed over."""
        if self._parser.closed:
            return
        try:
            for part in self._parser.parse(piece):
                if isinstance(part, MultipartSegment):
                    self._field = part.name
                    self._begin(part.name)
                elif part:
                    self._take(self._field, bytes(part))
        except MultipartError as error:
            raise _no_form() from error

    def end(self) -> None:
        """There are no more."""
        if not self._parser.closed:
            self.put(b"")

    def _begin(self, field: str) -> None:
        raise NotImplementedError

    def _take(self, field: str, content: bytes) -> None:
        raise NotImplementedError


class FormFile(_Form):
    """Passes the content of the field `file` on, and of nothing else.

    `text` is the content of the field called `beside`, if there is one; more than 128 KiB of it are no form.
    """

    def __init__(self, sink: FileSink, boundary: str, *, beside: str = "") -> None:
        super().__init__(boundary, _MOST_FIELDS)
        self._sink = sink
        self._beside = beside
        self._files = 0
        self.text = bytearray()

    @property
    def single(self) -> bool:
        """Whether there was exactly one."""
        return self._files == 1

    def end(self) -> None:
        """There are no more."""
        super().end()
        self._sink.end()

    def _begin(self, field: str) -> None:
        self._files += field == _FIELD

    def _take(self, field: str, content: bytes) -> None:
        if field == _FIELD and self._files == 1:
            self._sink.put(content)
        elif self._beside and field == self._beside:
            self.text += content
            if len(self.text) > _LONGEST_TEXT:
                raise _no_form()


class FormFiles(_Form):
    """Passes the content of each field `file` on as a file of its own. Raises what `SeveralFiles` raises, too."""

    def __init__(self, files: SeveralFiles, boundary: str) -> None:
        super().__init__(boundary, files.most_files + _MOST_FIELDS)
        self._files = files

    def end(self) -> None:
        """There are no more."""
        super().end()
        self._files.end()

    def _begin(self, field: str) -> None:
        if field == _FIELD:
            self._files.begin()

    def _take(self, field: str, content: bytes) -> None:
        if field == _FIELD:
            self._files.put(content)


def _no_form() -> ClientException:
    return ClientException("Invalid multipart/form-data")
