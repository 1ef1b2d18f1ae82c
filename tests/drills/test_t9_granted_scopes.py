"""T9: whatever an athlete unticks, what is kept and handed out is what was granted, and nothing else is claimed."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from kernel.strava.tokens import has_scope
from simulators.strava.application.authorizations import SCOPES
from tests.drills.reporting import report
from tests.drills.vault_world import new_world

OPTIONAL = sorted(SCOPES.keys() - {"read"})
SUBSETS = [set(chosen) for n in range(len(OPTIONAL) + 1) for chosen in itertools.combinations(OPTIONAL, n)]


async def test_each_subset_of_scopes_is_kept_as_granted(tmp_path: Path):
    world, rng, wrong, connected = new_world(tmp_path), random.Random(9), 0, 0
    async with world.running() as ayda:
        for number, subset in enumerate(SUBSETS):
            member, granted = 5_000 + number, [*subset, *(["read"] if number % 2 else [])]
            rng.shuffle(granted)
            back = await ayda.consent(await ayda.begin(member), world.simulator.add_athlete())
            parts = urlsplit(back)
            fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fields["scope"] = rng.choice([",", " ", ", "]).join(granted)
            answer = await ayda.http.get(parts._replace(query=urlencode(fields)).geturl())
            enough = has_scope(frozenset(granted), "activity:read")
            connected += enough
            handed = (await ayda.token(member)).json()
            wrong += answer.status_code != (200 if enough else 400)
            wrong += (set(handed["scope"].split(",")) != set(granted)) if enough else ("access_token" in handed)
    report("T9", subsets=len(SUBSETS), connected=connected, wrong=wrong)
    assert len(SUBSETS) == 64
    assert wrong == 0
    assert 0 < connected < 64
