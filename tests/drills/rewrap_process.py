"""A rewrap in a process of its own that can be killed: `rewrap_process.py URL SETTING BATCH PAUSE_S`.

It prints the rows done after each batch and then waits, so that a kill meets it in the middle of its work.
"""

from __future__ import annotations

import asyncio
import sys
import time

from ayda_service.keys.rewrap import Rewrap
from servicekit.base.clock import utc_now
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.strava.tokens.seals import TokenSeals


async def main(url: str, setting: str, batch: int, pause_s: float) -> None:
    vault = Vault.from_setting(setting)
    database = Database(url)

    def told(rows: int) -> None:
        sys.stdout.write(f"{rows}\n")
        sys.stdout.flush()
        time.sleep(pause_s)

    await Rewrap(database, vault, TokenSeals(vault, now=utc_now), batch=batch).run(told)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
