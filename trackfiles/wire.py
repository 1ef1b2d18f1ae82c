"""How parent and child speak: frames of a length and a msgpack message over the child's pipes."""

from __future__ import annotations

import struct
from typing import IO, Any, Final, Generic, TypeVar

import msgspec

from trackfiles.questions import Answer, Question

_LENGTH: Final = struct.Struct(">I")
QUESTION_BYTES: Final = 64 * 1024**2
READY_BYTES: Final = 1024
M = TypeVar("M")


class Ready(msgspec.Struct, frozen=True):
    """What a child says first."""


class Asked(msgspec.Struct, frozen=True):
    """A question on its way."""

    question: Question


class Reply(msgspec.Struct, frozen=True):
    """An answer on its way back. `peak_bytes` is the most memory the child has held, 0 where no system says it.

    A child that is `leaving` answers no more: what it still holds of a large file would add up to the next one's.
    """

    answer: Answer
    peak_bytes: int = 0
    leaving: bool = False


class BrokenPipe(Exception):
    """The other end does not speak this language, or is gone."""


class Hangup(BrokenPipe):
    """The other end is gone, or is about to be: its end of the pipe is closed."""


class Language(Generic[M]):
    """Messages of one type."""

    def __init__(self, kind: type[M]) -> None:
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(kind)

    def receive(self, stream: IO[bytes], most_bytes: int) -> M:
        """Reads one message. Raises Hangup at the end of the stream, and BrokenPipe for anything else."""
        try:
            (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
            if length > most_bytes:
                raise BrokenPipe
            return self._decoder.decode(_exactly(stream, length))
        except OSError as error:
            raise Hangup from error
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            raise BrokenPipe from error


def _exactly(stream: IO[bytes], size_bytes: int) -> bytes:
    got = stream.read(size_bytes)
    if len(got) < size_bytes:
        raise Hangup
    return got


def send(stream: IO[bytes], message: Any) -> None:
    """Writes one message. Raises Hangup."""
    packed = msgspec.msgpack.encode(message)
    try:
        stream.write(_LENGTH.pack(len(packed)))
        stream.write(packed)
        stream.flush()
    except (OSError, ValueError) as error:  # the second: the stream is closed at this end
        raise Hangup from error
