"""What one process counts by itself while the store that all share is away, and tells that store once it is back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from kernel.strava.quota import Charge, Priority, Window
from servicekit.strava.counters import QuotaStore, QuotaStoreDown
from servicekit.strava.permits import Permit, take


class CountedAlone:
    """Permits of a store of this process, and what of them the others do not know of yet."""

    def __init__(self) -> None:
        self.store: Final = QuotaStore()
        """Knows too what Strava has told, from before the other store went away."""
        self._untold: Counter[Charge] = Counter()

    async def take(self, windows: Sequence[Window], priority: Priority, moments_s: Sequence[float]) -> Permit | float:
        """As `permits.take`; one that is given back stays among what is told, which is the safe side."""
        taken = await take(self.store, windows, priority, moments_s, noted={})
        if isinstance(taken, Permit):
            self._untold.update(charge for charge in taken.charges if not charge.window.own)
        return taken

    async def tell(self, store: QuotaStore) -> None:
        """Adds to the store what it has not seen. Raises QuotaStoreDown; what it may not have heard is told again."""
        while self._untold:
            charge, calls = self._untold.popitem()
            try:
                await store.add(charge.key, calls, 2 * charge.window.length_s)
            except QuotaStoreDown:
                self._untold[charge] += calls
                raise
