"""What was said of a course is compared with the outing along it, once, whoever recognises it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from predictor_service.predictions.models import LedgerEntry
from servicekit.data.database import Database
from servicekit.jobs.queue import Snooze
from tests.predictor.accuracy.conftest import Season
from tests.predictor.support import INTERNAL, assert_finite, assert_problem

UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def test_an_outing_along_a_forecast_course_is_compared_with_it(season: Season):
    await season.train()
    said = await season.ask()
    activity_id = await season.go(pace_s_per_km=352)
    known = await season.accuracy()
    assert_finite(known)
    [compared] = known["newest"]
    assert (compared["prediction_id"], compared["activity_id"]) == (said["prediction_id"], activity_id)
    assert compared["said_s"] == said["elapsed_s"]
    assert compared["moving_said_s"] == {name: said["interval"][f"{name}_s"] for name in ("p10", "p50", "p90")}
    assert compared["taken_s"] >= compared["moving_taken_s"] > 0
    assert (compared["course"], compared["linked"], known["open"]) == ("Made-up hills", False, [])
    off = compared["said_s"]["p50"] / compared["taken_s"] - 1
    assert known["elapsed"]["n"] == known["moving"]["n"] == 1
    assert known["elapsed"]["bias"] == pytest.approx(off, abs=2e-3)
    assert known["elapsed"]["mape"] == pytest.approx(abs(off), abs=2e-3)
    assert known["elapsed"]["coverage"] in {0, 1}
    assert [each["mode"] for each in known["modes"]] == ["trail_run"]


async def test_nothing_is_compared_for_somebody_unknown(season: Season):
    known = await season.accuracy("31337")
    nothing = {"n": 0, "bias": None, "mape": None, "coverage": None}
    assert known == {
        "telegram_id": "31337", "moving": nothing, "elapsed": nothing, "modes": [], "newest": [], "open": []
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"length_m": 9_000},
        {"climb": 140},
        {"sport": "hike", "pace_s_per_km": 800},
        {"after": timedelta(days=31)},
        {"after": -timedelta(hours=7)},
    ],
    ids=["longer", "hillier", "another way to go", "long after", "before it was asked"],
)
async def test_an_outing_that_is_no_answer_to_it_is_not_compared(season: Season, other: dict[str, object]):
    await season.train()
    await season.ask()
    await season.go(**other)  # type: ignore[arg-type]
    assert (await season.accuracy())["newest"] == []


async def test_where_a_start_was_said_only_an_outing_about_then_is_compared(season: Season):
    await season.train()
    start = season.clock.now() + timedelta(days=10)
    said = await season.ask(start_at=start.isoformat())
    await season.go(after=timedelta(days=2))
    assert (await season.accuracy())["newest"] == []
    await season.go(after=start + timedelta(hours=1) - season.clock.now())
    [compared] = (await season.accuracy())["newest"]
    assert compared["prediction_id"] == said["prediction_id"]


async def test_of_several_forecasts_of_a_course_the_last_one_before_the_start_is_meant(season: Season):
    await season.train()
    await season.ask(effort="easy")
    season.clock.advance(60)
    last = await season.ask(effort="fast")
    await season.go()
    [compared] = (await season.accuracy())["newest"]
    assert compared["prediction_id"] == last["prediction_id"]


async def test_an_outing_is_compared_once_and_so_is_a_forecast(season: Season):
    await season.train()
    await season.ask()
    await season.go()
    await season.go()
    known = await season.accuracy()
    assert known["elapsed"]["n"] == 1


async def test_a_forecast_keeps_a_digest_of_all_that_it_was_made_of(season: Season, database: Database):
    await season.train()
    same, again, other = await season.ask(), await season.ask(), await season.ask(effort="easy")
    await season.go(length_m=11_000)
    later = await season.ask()
    with database.reading() as session:
        digests = [
            session.get_one(LedgerEntry, UUID(each["prediction_id"])).inputs_hash
            for each in (same, again, other, later)
        ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert all(digest is not None and len(digest) == 64 for digest in digests)


async def test_of_a_stranger_no_course_is_kept(season: Season, database: Database):
    said = await season.ask("555")
    with database.reading() as session:
        entry = session.get_one(LedgerEntry, UUID(said["prediction_id"]))
    assert (entry.athlete_id, entry.course, entry.course_name, entry.inputs_hash) == (None, None, None, None)


async def test_the_athlete_may_say_which_outing_it_was(season: Season):
    await season.train()
    said = await season.ask()
    activity_id = await season.go(length_m=9_000)
    [waiting] = (await season.accuracy())["open"]
    assert waiting["prediction_id"] == said["prediction_id"]
    assert [each["activity_id"] for each in waiting["candidates"]] == [activity_id]
    linked = await season.link(said["prediction_id"], activity_id)
    assert linked.status_code == 200
    [compared] = linked.json()["newest"]
    assert (compared["activity_id"], compared["linked"]) == (activity_id, True)
    assert linked.json() == (await season.accuracy())


async def test_a_linked_outing_says_what_it_has_changed_as_a_recognised_one_does(season: Season):
    changed = []
    for whom, asked_m in (("42", 8_000), ("43", 9_000)):
        await season.train(whom)
        said = await season.ask(whom, length_m=asked_m)
        activity_id = await season.go(whom, pace_s_per_km=300, length_m=9_000)
        if asked_m == 8_000:
            await season.link(said["prediction_id"], activity_id)
        [compared] = (await season.accuracy(whom))["newest"]
        assert compared["linked"] is (asked_m == 8_000)
        changed.append(compared["learned"])
    assert changed[0]["flat"] < 0, "who went faster has become faster"
    assert changed[0] == changed[1]


async def test_how_right_forecasts_were_for_everybody_is_measured(season: Season):
    await season.train()
    await season.ask()
    await season.go()
    overall = (await season.predictor.http.get(f"{INTERNAL}/accuracy")).json()
    text = (await season.predictor.http.get("/metrics")).text
    assert "forecasts_compared 1.0" in text
    assert "forecasts_compared_athletes 1.0" in text
    for of in ("moving", "elapsed"):
        for name in ("bias", "mape", "coverage"):
            assert f'forecasts_{name}{{of="{of}"}} {float(overall[of][name])}' in text


async def test_the_athlete_may_say_that_it_was_none_of_them(season: Season):
    await season.train()
    said = await season.ask()
    activity_id = await season.go()
    assert (await season.link(said["prediction_id"], None)).json()["newest"] == []
    await season.go()
    assert (await season.accuracy())["newest"] == [], "what was said to be none is not recognised again"
    assert (await season.link(said["prediction_id"], activity_id)).json()["elapsed"]["n"] == 1


async def test_only_own_forecasts_and_own_later_outings_are_linked(season: Season):
    await season.train()
    await season.train("43")
    before = await season.go()
    said, others = await season.ask(), await season.ask("43")
    theirs = await season.go("43")
    for refused in (
        await season.link(others["prediction_id"], before),
        await season.link(UNKNOWN, before),
        await season.link("x", before),
        await season.link(said["prediction_id"], before, telegram_id="31337"),
    ):
        assert_problem(refused, 404, "forecast_not_found")
    for activity_id in (before, theirs, UNKNOWN, "x"):
        assert_problem(await season.link(said["prediction_id"], activity_id), 404, "outing_not_found")


async def test_ayda_is_told_once_of_what_was_recognised(season: Season):
    await season.train()
    said = await season.ask()
    assert await season.waiting() == 0
    await season.go()
    assert await season.waiting() == 1
    await season.tell(said["prediction_id"])
    [news] = season.ayda.told
    [compared] = (await season.accuracy())["newest"]
    assert news == {"telegram_id": "42", "outing": compared}
    assert set(compared["learned"]) == {"flat", "climbs", "descents"}


async def test_while_ayda_is_away_the_news_waits_and_no_try_is_lost(season: Season):
    await season.train()
    said = await season.ask()
    await season.go()
    season.ayda.away = True
    with pytest.raises(Snooze):
        await season.tell(said["prediction_id"])
    season.ayda.away = False
    await season.tell(said["prediction_id"])
    assert len(season.ayda.told) == 1


async def test_what_was_taken_back_meanwhile_is_told_no_more(season: Season):
    await season.train()
    said = await season.ask()
    await season.go()
    await season.link(said["prediction_id"], None)
    await season.tell(said["prediction_id"])
    assert season.ayda.told == []


async def test_what_the_athlete_linked_is_no_news_to_them(season: Season):
    await season.train()
    said = await season.ask()
    await season.link(said["prediction_id"], await season.go(length_m=9_000))
    assert await season.waiting() == 0


async def test_everybodys_figures_tell_of_nobody(season: Season):
    for whom in ("42", "43"):
        await season.train(whom)
        await season.ask(whom)
        await season.go(whom)
    answer = await season.predictor.http.get(f"{INTERNAL}/accuracy")
    known = answer.json()
    assert (known["athletes"], known["elapsed"]["n"], known["moving"]["n"]) == (2, 2, 2)
    assert set(known) == {"athletes", "moving", "elapsed"}
