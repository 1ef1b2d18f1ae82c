"""A worker of ayda's whose death is noticed within seconds.

`python -m tests.drills.bot_worker`, with the settings of `ayda worker`.
"""

from __future__ import annotations

import asyncio
import os

from ayda_service.parts import assemble
from ayda_service.settings import Settings
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from tests.drills.upload_worker import quick_queue


async def main() -> None:
    parts = assemble(Settings.from_environ(os.environ), now=utc_now)
    async with parts.running(worker=False):
        await quick_queue(parts.database).work(parts.jobs)


if __name__ == "__main__":
    configure_logs("WARNING", "json", secrets=())
    asyncio.run(main())
