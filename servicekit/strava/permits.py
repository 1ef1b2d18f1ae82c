"""The right to one call to Strava: counted before it is sent, and given back where it was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import structlog

from kernel.strava.quota import NOBODYS, Charge, Demands, Priority, Window, charges_for, wait_until_s
from servicekit.strava.counters import QuotaStore, QuotaStoreDown


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to one call, counted already; whoever did not send it gives it back."""

    charges: Sequence[Charge]
    store: QuotaStore

    async def give_back(self) -> None:
        """Takes the call out of the counts again; a store that is away keeps it, which is the safe side."""
        try:
            await _count(self.store, self.charges, -1, {})
        except QuotaStoreDown as error:
            structlog.get_logger("servicekit.strava.quota").warning("permit_not_returned", reason=str(error))


async def take(
    store: QuotaStore,
    windows: Sequence[Window],
    priority: Priority,
    moments_s: Sequence[float],
    *,
    demands: Demands = NOBODYS,
    noted: Mapping[str, int],
) -> Permit | float:
    """The permit, or in how many seconds to ask again: counts first, `noted` with it, and looks then.

    Of several moments that it may be, each has to allow the call. Two at once may both be refused, but never both be
    over the cap.
    """
    touched = {moment_s: charges_for(windows, moment_s) for moment_s in moments_s}
    charges = tuple(dict.fromkeys(chain.from_iterable(touched.values())))
    found = await _count(store, charges, 1, noted)
    counts = dict(zip(charges, found[: len(charges)], strict=True))
    waits_s = [
        until_s - moment_s
        for moment_s, its in touched.items()
        if (until_s := wait_until_s({each: counts[each] for each in its}, priority, moment_s, demands)) is not None
    ]
    if not waits_s:
        return Permit(charges, store)
    await _count(store, charges, -1, {})
    return max(waits_s)


async def _count(store: QuotaStore, charges: Sequence[Charge], amount: int, noted: Mapping[str, int]) -> list[int]:
    return await store.add_all(amount, {**{charge.key: 2 * charge.window.length_s for charge in charges}, **noted})
