from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest

from ayda_service.settings import Settings
from ayda_service.web.scripts import ENTRANCE, MEMBERS_ENTRANCE
from ayda_service.web.static import StaticFile, page_files
from servicekit.web.budgets import Budget, RequestBudgets
from tests.ayda.support import Ayda, World, assert_problem
from tests.ayda.web.test_sources import words_in

MOST_BYTES = 80 * 1000
MOST_OF_MEMBERS_BYTES = 21 * 1000
MOST_OF_MEMBERS_WORDS_BYTES = 7 * 1000
PAGES = ("/", "/app")
NONCE = re.compile(r"script-src 'nonce-([A-Za-z0-9_-]{20,})'")
LINKED = re.compile(r'(?:href|src|data-url)="(/static/[^"]+)"')


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_has_a_nonce_of_its_own_and_scripts_only_by_it(ayda: Ayda, path: str):
    seen = set()
    for _ in range(2):
        answer = await ayda.http.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "http" not in policy.partition("frame-ancestors")[0]
        (nonce,) = NONCE.findall(policy)
        assert {f'nonce="{nonce}"'} == set(re.findall(r'nonce="[^"]*"', answer.text))
        scripts = re.findall(r"<script([^>]*)>", answer.text)
        assert all(f'nonce="{nonce}"' in script or "application/json" in script for script in scripts)
        seen.add(nonce)
    assert len(seen) == 2


async def test_telegram_alone_frames_the_mini_app_and_nobody_the_page(ayda: Ayda):
    policies = [(await ayda.http.get(path)).headers["content-security-policy"] for path in PAGES]
    framed = [re.search(r"frame-ancestors ([^;]+)", policy) for policy in policies]
    assert [found and found[1] for found in framed] == ["'none'", "https://web.telegram.org"]


async def test_the_origins_that_frame_the_mini_app_are_a_setting(world: World, settings: Settings):
    async with world.running(replace(settings, page_framed_by=("http://127.0.0.1:9",))) as ayda:
        assert "frame-ancestors http://127.0.0.1:9;" in (await ayda.http.get("/app")).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "de,ko;q=0.5", "ko"),
        ("", "fr", "en"),
        ("?lang=ko", "ru", "ko"),
        ("?lang=xx", "ru", "ru"),
        ("", "," * 5_000 + "ru", "en"),
    ],
)
async def test_the_page_speaks_the_language_that_is_asked_for(ayda: Ayda, query: str, accepted: str, language: str):
    answer = await ayda.http.get(f"/{query}", headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert "[[" not in answer.text
    assert "{{" not in answer.text


async def test_all_that_the_page_links_to_is_there_for_ever_and_of_this_host(ayda: Ayda):
    page = await ayda.http.get("/")
    linked = set(LINKED.findall(page.text))
    assert {url.rpartition(".")[2] for url in linked} == {"css", "js", "svg", "gpx"}
    assert "://" not in page.text
    for url in linked:
        answer = await ayda.http.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r'^import .* from "', answer.text, re.MULTILINE), "one script, whole"
    assert_problem(await ayda.http.get("/static/main.js"), 404, "not_found")
    assert_problem(await ayda.http.get("/static/..%2f..%2fsettings.py"), 404, "not_found")


async def test_what_can_be_packed_is_and_who_cannot_unpack_it_gets_it_plain(ayda: Ayda):
    for url in ("/", page_files().named("main.js").url):
        packed = await ayda.http.get(url, headers={"Accept-Encoding": "gzip"})
        plain = await ayda.http.get(url, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert "Accept-Encoding" in packed.headers["vary"]
        assert len(plain.content) == len(packed.content) > 1_000


@pytest.mark.parametrize("language", ["en", "ru", "ko"])
async def test_the_whole_page_is_80_kilobytes_at_most_with_the_members_part(ayda: Ayda, language: str):
    page = await ayda.http.get(f"/?lang={language}")
    files = {url for url in LINKED.findall(page.text) if not url.endswith(".gpx")}
    served = [page_files().served(url.rpartition("/")[2]) for url in files]
    assert None not in served
    whole = len(gzip.compress(page.content, 5)) + sum(len(file.packed) for file in served if file)
    found = members_words_of(page.text)
    words, for_members = len(found.packed) if found else 0, len(page_files().named(MEMBERS_ENTRANCE).packed)
    assert for_members <= MOST_OF_MEMBERS_BYTES
    assert words <= MOST_OF_MEMBERS_WORDS_BYTES
    assert whole + for_members + words <= MOST_BYTES


@pytest.mark.parametrize("language", ["ru", "ko"])
async def test_what_only_members_are_told_is_no_part_of_a_guests_load(ayda: Ayda, language: str):
    page = await ayda.http.get(f"/?lang={language}")
    with_page, words = words_in(page.text), members_words_of(page.text)
    assert words is not None
    answer = await ayda.http.get(words.url)
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()) > 150
    assert not answer.json().keys() & with_page.keys()
    at_once = page_files().scripts.said_at_once()
    assert not [one for one in answer.json() if f'"{one}"' in at_once], "what a guest may meet comes with the page"
    assert not [one for one in with_page if not one.startswith("warning ") and f'"{one}"' not in at_once]


async def test_english_needs_no_words(ayda: Ayda):
    assert members_words_of((await ayda.http.get("/?lang=en")).text) is None


def members_words_of(page: str) -> StaticFile | None:
    """The file with what only members are told in the page's language, which is not fetched with it."""
    (url,) = re.findall(r'data-members="([^"]*)"', page)
    return page_files().served(url.rpartition("/")[2]) if url else None


async def test_what_members_alone_need_is_not_linked_but_there(ayda: Ayda):
    page, members = await ayda.http.get("/app"), page_files().named(MEMBERS_ENTRANCE)
    assert members.url not in page.text
    assert (await ayda.http.get(members.url)).status_code == 200
    assert f'import("./{members.name}")' in page_files().named(ENTRANCE).content.decode()


async def test_the_pages_files_cost_nobody_their_budget(world: World, settings: Settings):
    few = RequestBudgets(Budget(1_000, 100), Budget(20, 20))
    url = page_files().named("main.js").url
    async with world.running(replace(settings, request_budgets=few)) as ayda:
        assert {(await ayda.http.get(url)).status_code for _ in range(60)} == {200}
        assert (await ayda.http.get("/")).status_code == 200


async def test_the_page_is_there_without_a_predictor(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        assert (await ayda.http.get("/")).status_code == 200
        assert_problem(await ayda.http.post("/api/v1/guest/predictions", json={}), 503, "predictor_not_configured")
