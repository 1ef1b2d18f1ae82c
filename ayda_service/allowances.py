"""How much the public paths take from one address. Strava comes from few addresses and is never to be kept out."""

from __future__ import annotations

import functools
from typing import Final

from ayda_service.settings import WEBHOOK_PATH
from ayda_service.strava.browser import too_many_page
from servicekit.web.flood import Allowance, Rule, Visitors

EVENTS: Final = Allowance(burst=40_000, every_s=60 / 40_000)
"""Above the worst Sunday: 10,000 events within a minute, each three times."""
MISTAKES: Final = Allowance(burst=120, every_s=1.0)
"""Links that do not work, each of which costs a write. A club behind one address is rarely wrong."""
_BAD_LINK: Final = frozenset({400})


def flood_rules(bot_name: str | None) -> tuple[Rule, ...]:
    """The rules of one process.

    What proves who sends it is never counted: a proof is cheap to refuse, and members share addresses with strangers.
    """
    strangers = Visitors(MISTAKES)
    refusal = functools.partial(too_many_page, bot_name=bot_name)
    return (
        Rule(WEBHOOK_PATH, Visitors(EVENTS)),
        Rule("/api/v1/strava/callback", strangers, _BAD_LINK, refusal),
        Rule("/api/v1/strava/enter", strangers, _BAD_LINK, refusal),
    )
