"""What an operator's browser is shown when something is wrong, of either service: never a problem as JSON."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest

from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.web.budgets import Budget, RequestBudgets
from tests.ayda.ops.support import HTML, KEY, Operator
from tests.drills.both_services import both_services
from tests.drills.troubled_database import threads_taken
from tests.predictor.support import assert_problem

WAIT_S = 0.3
SENTENCE = "The database does not answer at the moment; please try again in a few seconds."


@dataclass
class Place:
    """A service, an operator who has signed in to it, and its database."""

    name: str
    http: httpx.AsyncClient
    operator: Operator
    database: Database


@pytest.fixture(params=["ayda", "predictor"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    own = {"operator_key": Secret(KEY), "worker_embedded": False, "database_wait_s": WAIT_S}
    async with both_services(tmp_path, of_predictor=own, **own) as both:
        parts = both.ayda.app.litestar.state.parts if request.param == "ayda" else both.parts
        http = both.ayda.http if request.param == "ayda" else both.predictor
        operator = Operator(http)
        assert (await operator.sign_in()).status_code == 303
        yield Place(request.param, http, operator, parts.database)


def told(answer: httpx.Response, status: int) -> str:
    """What a page of trouble says; it keeps to what all these pages do."""
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|\son\w+=|style=|https?://|Traceback|sqlalchemy|psycopg", answer.text)
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.text))


async def test_without_its_database_every_page_says_so_and_how_to_load_it_again(place: Place):
    paths = ("/ops", "/ops/lists/jobs", "/ops/lists/actions?q=left&sort=-action")
    async with threads_taken([place.database], []):
        for path in paths:
            answer = await place.operator.get(path)
            assert SENTENCE in told(answer, 503)
            assert int(answer.headers["retry-after"]) >= 1
            assert f'<a href="{path.replace("&", "&amp;")}">Load this page again</a>' in answer.text
    for path in paths:
        assert (await place.operator.get(path)).status_code == 200


async def test_without_its_database_nobody_signs_in_or_tries_again_and_a_page_says_so(place: Place):
    form = await place.operator.form()
    async with threads_taken([place.database], []):
        for answer in (
            await place.operator.sign_in(),
            await place.operator.post("/ops/lists/jobs/replay", form=form, id="1"),
            await place.operator.post("/ops/logout", form=form),
        ):
            assert SENTENCE in told(answer, 503)
            assert 'href="/ops">Overview<' in answer.text, "a form is not sent again by a link"


async def test_the_page_of_trouble_speaks_the_browsers_language(place: Place):
    async with threads_taken([place.database], []):
        for language, said in (("ru", "База данных сейчас не отвечает."), ("ko", "이 페이지 다시 불러오기")):
            answer = await place.http.get("/ops", headers={**HTML, "Accept-Language": language})
            assert said in told(answer, 503)


async def test_a_program_is_told_the_problem_as_before(place: Place):
    async with threads_taken([place.database], []):
        assert_problem(await place.http.get("/ops"), 503, "database_unavailable")
    assert_problem(await place.http.get("/ops/lists/none"), 404, "list_not_found")


async def test_what_is_not_there_or_not_allowed_is_said_below_the_menu(place: Place):
    for answer, status, said in (
        (await place.operator.get("/ops/lists/none"), 404, "There is no such list"),
        (await place.operator.get("/ops/list"), 404, "There is nothing at this address."),
        (await place.operator.get("/ops/some/where"), 404, "There is nothing at this address."),
        (await place.operator.post("/ops/lists/jobs/replay", form="", id="1"), 403, "not of your session"),
    ):
        assert said in told(answer, status)
        assert "/ops/lists/jobs" in answer.text


async def test_where_only_forms_lead_a_browser_that_loads_again_comes_to_the_first_page(place: Place):
    for path in ("/ops/logout", "/ops/lists/jobs/replay"):
        answer = await place.operator.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ops")


async def test_too_many_wrong_keys_are_refused_with_a_page(place: Place):
    for _ in range(10):
        await place.operator.sign_in("wrong" * 8)
    answer = await place.operator.sign_in("wrong" * 8)
    assert "Too many requests came from your address" in told(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_address_over_its_budget_is_refused_with_a_page(tmp_path: Path):
    tight = RequestBudgets(Budget(1, 9), Budget(1, 9))
    async with both_services(tmp_path, operator_key=Secret(KEY), request_budgets=tight) as both:
        operator = Operator(both.ayda.http)
        answers = [await operator.get() for _ in range(3)]
        assert [answer.status_code for answer in answers][:1] == [401]
        told(answers[-1], 429)
