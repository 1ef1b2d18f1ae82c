"""How far the reading of a guest's files is, as the predictor tells it line by line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from kernel.contracts.guest import ReadingLine
from servicekit.http.errors import BadUpstreamResponse
from servicekit.http.lines import Lines

NO_LINE: Final = "no ReadingLine"
CUT: Final = "its last line is missing"


async def readings(lines: Lines) -> AsyncGenerator[ReadingLine, None]:
    """The lines up to the last one, whichever of them has the profile or the problem.

    Raises BadUpstreamResponse for what is no such line, and when the last one is missing: an answer that broke off
    tells nothing of what became of the files.
    """
    async for line in lines:
        try:
            told = msgspec.json.decode(line, type=ReadingLine)
        except ValueError:  # msgspec's errors are ValueErrors
            raise BadUpstreamResponse(lines.service, NO_LINE) from None
        yield told
        if told.is_last:
            return
    raise BadUpstreamResponse(lines.service, CUT)
