"""The story of the demo, over the processes of compose.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cli.demo.client import Visitor
from cli.demo.stage import Stage
from cli.demo.story import Story
from tests.stack.plan import BadPlan
from tests.stack.running import Stack
from trackfiles.drawn import draw_course

ACTIVITIES = 30


def stage_of(stack: Stack, variables: Mapping[str, str]) -> Stage:
    """Where a visitor finds everything."""
    url = stack.translation.url
    return Stage(
        strava_url=url("strava"),
        ayda_url=url("ayda-web"),
        predictor_url=url("predictor-web"),
        bot_token=variables["TELEGRAM_BOT_TOKEN"],
        api_key=variables["CROSS_SERVICE_API_KEY"],
        telegram_url=url("telegram"),
    )


async def walk(visitor: Visitor, say: Callable[[str], None]) -> str:
    """Two people meet the bot, connect Strava and are told how long they will take; the course's id.

    Raises Refused, and BadPlan when an answer is not made of the member's own past.
    """
    story = Story(visitor, draw_course(), ACTIVITIES, say)
    route, first = await story.first_answer()
    second = await story.second_answer(route)
    for prediction in (first, second):
        if not prediction.personalized:
            raise BadPlan("an answer was given that knows nothing of the member's past")
        say(f"  {prediction.times_s.moderate / 60:.0f} minutes, of the member's own past")
    return route.id
