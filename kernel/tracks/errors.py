"""What can be wrong with a track file.

DomainError
  BadGpx        the file cannot be read as a track, or not used for what was asked
  NoElevation   the track is fine but says too little about height
"""

from __future__ import annotations

from kernel.errors import DomainError


class BadGpx(DomainError):
    """The file is no usable track. `reason` is a stable token, `str()` says what is wrong and what helps."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class NoElevation(DomainError):
    """The track has too little elevation to tell climbs from flats. `reason` is a stable token."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
