"""What can be wrong with a track file.

DomainError
  BadTrack      the file cannot be read as a track, or not used for what was asked
    BadGpx        the same of a GPX document or of what was in it
  NoElevation   the track is fine but says too little about height
"""

from __future__ import annotations

from kernel.errors import DomainError


class _Refusal(DomainError):
    """`reason` is a stable token, `str()` says what is wrong and what helps."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class BadTrack(_Refusal):
    """The file is no usable track."""


class BadGpx(BadTrack):
    """A GPX document, or what is to be read as one, is no usable track."""


class NoElevation(_Refusal):
    """The track has too little elevation to tell climbs from flats."""
