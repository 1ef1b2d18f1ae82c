"""X2: an id has one spelling, an unknown person looks like any other, and asking about many people is noticed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kernel.contracts.ids import is_telegram_id
from servicekit.web.enumeration import MOST
from tests.ayda.support import KEY_IN, MEMBER
from tests.drills.both_services import Both, both_services
from tests.drills.reporting import DRILL, report

TOKEN = "/api/internal/strava/token"
INTERNAL = "/api/v1/internal"
NO_ROUTE = "018f6b2a-0000-7000-8000-00000000ffff"
ALIASES = [
    "1_000", " 42", "42 ", "42\n", "\t42", "\uff14\uff12", "\u0664\u0662", "+7", "-1", "0", "007", "", "4.0", "1e3",
    "0x2a", "None", "null", "true", "42;", "42'--", "%34%32", "\u200b42", "9" * 20, "9" * 10_240, str(2**64), "NaN",
]  # fmt: skip
UNKNOWN = ["1", "77", str(2**52), str(2**63 - 1), str(2**63), "9" * 19]
EXAMPLES = 3000 if DRILL else 150


async def asked(both: Both, telegram_id: str) -> list[httpx.Response]:
    """The same id at every internal endpoint that takes one, in the query, the path and the body."""
    query = {"telegram_id": telegram_id}
    key = {"X-API-Key": KEY_IN}
    at = both.predictor
    address = f"{INTERNAL}/athletes/{quote(telegram_id, safe='')}"
    in_path = [] if not telegram_id or "/" in telegram_id else [at.delete(address), at.get(f"{address}/export")]
    return list(
        await asyncio.gather(
            both.ayda.http.get(TOKEN, params=query, headers=key),
            at.get(f"{INTERNAL}/profile", params=query),
            at.post(f"{INTERNAL}/strava/connected", json={**query, "athlete_id": 5}),
            at.post(f"{INTERNAL}/profiles/batch", json={"telegram_ids": [telegram_id], "type": "trail_run"}),
            at.post(
                f"{INTERNAL}/distributions",
                json={"telegram_ids": [telegram_id], "route_id": NO_ROUTE, "purpose": "matching"},
            ),
            *in_path,
        )
    )


def shape(answer: httpx.Response) -> tuple[int, tuple[str, ...], str]:
    """An answer without what differs from request to request."""
    body = answer.json()
    body.pop("request_id")
    return answer.status_code, tuple(sorted(set(answer.headers) - {"content-length"})), str(body)


async def test_an_id_has_no_alias_at_any_endpoint(tmp_path: Path):
    async with both_services(tmp_path) as both:
        await both.ayda.connect()
        statuses: list[int] = []
        for alias in ALIASES:
            statuses += [answer.status_code for answer in await asked(both, alias)]
        unknown = {shape(await both.ayda.token(each)) for each in UNKNOWN}
        known = await both.ayda.token(MEMBER)
    crashes = sum(status >= 500 for status in statuses)
    taken = sum(status < 400 for status in statuses)
    report("X2", aliases=len(ALIASES), requests=len(statuses), crashes=crashes, taken=taken, shapes_of_404=len(unknown))
    assert (crashes, taken) == (0, 0)
    assert [status for status, _headers, _body in unknown] == [404]
    assert known.status_code == 200


@hypothesis_settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.text(max_size=30),
        st.from_regex(r"\s?[+-]?[0-9_]{1,25}\s?", fullmatch=True),
        st.text(alphabet=st.characters(categories=["Nd"]), min_size=1, max_size=20),
        st.integers(-(2**70), 2**70).map(str),
    )
)
def test_only_canonical_decimal_text_is_an_id(text: str):
    canonical = text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 19
    assert is_telegram_id(text) == canonical


async def test_asking_about_many_people_in_a_minute_is_an_alarm(tmp_path: Path):
    async with both_services(tmp_path) as both:

        async def alarms() -> float:
            text = (await both.ayda.http.get("/metrics")).text
            lines = [line for line in text.splitlines() if line.startswith("enumeration_alarms_total")]
            return sum(float(line.rpartition(" ")[2]) for line in lines)

        async def ask(people: range) -> set[int]:
            return {(await both.ayda.token(each)).status_code for each in people}

        statuses = await ask(range(1, MOST + 1))
        quiet = await alarms()
        statuses |= await ask(range(1, MOST + 1))
        repeated = await alarms()
        statuses |= await ask(range(MOST + 1, MOST + 20))
        loud = await alarms()
        both.clock.advance(61)
        await ask(range(1, MOST + 1))
        later: Any = await alarms()
    report("X2", people=MOST, alarms_below=quiet + repeated, alarms_above=loud)
    assert (quiet, repeated, loud, later) == (0, 0, 1, 1)
    assert statuses == {404}
