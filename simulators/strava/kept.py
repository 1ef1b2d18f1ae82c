"""Which single values of the simulator outlive its process."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from simulators.strava.rows import Singles
from simulators.strava.store import Store

if TYPE_CHECKING:
    from simulators.strava.simulator import Simulator


def bind_singles(simulator: Simulator, store: Store) -> Singles:
    """Clock, quota, numbering and switches, given back what the store knows of them."""
    singles = Singles(store)
    singles.bind("clock", lambda: simulator.clock.ahead_s, simulator.clock.advance)
    singles.bind("quota", simulator.quota.kept, simulator.quota.restore)
    singles.bind_fields("callback_domain", simulator, "callback_domain")
    singles.bind_fields("authorizations", simulator.authorizations, "rotation", "grace_s", "capacity")
    singles.bind_fields("uploads", simulator.uploads, "processing_s", "link_in_duplicate_text")
    for name, switches in (("switches", simulator.switches), ("push_switches", simulator.push.switches)):
        singles.bind_fields(name, switches, *(field.name for field in fields(switches)))
    counters = {
        "athlete_ids": simulator.athlete_ids,
        "activity_ids": simulator.activity_ids,
        "upload_ids": simulator.upload_ids,
        "subscription_ids": simulator.push.subscription_ids,
        "event_ids": simulator.push.event_ids,
    }
    for name, counter in counters.items():
        singles.bind_fields(name, counter, "following")
    return singles
