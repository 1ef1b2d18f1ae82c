"""What parent and child say to each other: frames of a length and a msgpack message over the child's pipes."""

from __future__ import annotations

import struct
from typing import IO, Final, TypeVar

import msgspec

from kernel.contracts.activity import SportTag
from trackfiles.outing import Dropped, Outing

_LENGTH: Final = struct.Struct(">I")
M = TypeVar("M", bound="Question | Answer")


class Question(msgspec.Struct, frozen=True):
    """One file to read, as `outing_of` takes it."""

    content: bytes
    name: str
    sport: SportTag | None
    otherwise: SportTag | None


class Answer(msgspec.Struct, frozen=True):
    """One of the two is given, or none when a child says that it is ready.

    `lacks_elevation` tells NoElevation from BadTrack. `peak_bytes` is the most memory the child has held so far, and 0
    where the system does not say.
    """

    outing: Outing | None = None
    dropped: Dropped | None = None
    lacks_elevation: bool = False
    peak_bytes: int = 0


class BrokenPipe(Exception):
    """The other end is gone, or does not speak this language."""


def send(stream: IO[bytes], message: Question | Answer) -> None:
    """Writes one message. Raises BrokenPipe."""
    packed = msgspec.msgpack.encode(message)
    try:
        stream.write(_LENGTH.pack(len(packed)))
        stream.write(packed)
        stream.flush()
    except (OSError, ValueError) as error:
        raise BrokenPipe from error


def receive(stream: IO[bytes], kind: type[M], limit_bytes: int) -> M:
    """Reads one message of a kind. Raises BrokenPipe for the end of the stream and for anything else."""
    try:
        (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
        if length > limit_bytes:
            raise BrokenPipe
        return msgspec.msgpack.decode(stream.read(length), type=kind)
    except (OSError, ValueError, struct.error, msgspec.MsgspecError) as error:
        raise BrokenPipe from error
