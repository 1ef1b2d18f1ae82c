"""As much of a picture as a messenger must know: how large it is."""

from __future__ import annotations

import struct
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SIDES: Final = (90, 320, 800, 1280)


def pixels_of(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or a JPEG, None of anything else."""
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    return _jpeg_pixels(content) if content.startswith(_JPEG) else None


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def mime_of(content: bytes) -> str | None:
    """What kind of picture it is, whatever it was called; None for none."""
    if content.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if content.startswith(_JPEG) else None


def is_sendable(pixels: tuple[int, int]) -> bool:
    """Whether Telegram takes it as a photo: both sides together up to 10,000, and no side over 20 times the other."""
    width, height = pixels
    return min(pixels) > 0 and width + height <= 10_000 and max(pixels) <= 20 * min(pixels)


def sizes_of(pixels: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes in which a photo is kept, smallest first; none is larger than the picture itself."""
    longest = max(pixels)
    shares = [side / longest for side in _SIDES if side < longest] + [min(1.0, _SIDES[-1] / longest)]
    sizes = [(max(1, round(pixels[0] * share)), max(1, round(pixels[1] * share))) for share in shares]
    return list(dict.fromkeys(sizes))
