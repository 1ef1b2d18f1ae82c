from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest

from ayda_service.settings import Settings
from ayda_service.web.static import SOURCES, StaticFile, page_files
from servicekit.web.budgets import Budget, RequestBudgets
from tests.ayda.support import Ayda, World, assert_problem

MOST_BYTES = 80 * 1000
MOST_OF_MEMBERS_BYTES = 21 * 1000
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
    assert len(linked) > 10
    assert "://" not in page.text
    for url in linked:
        answer = await ayda.http.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        for imported in re.findall(r'from "\./([^"]+)"', answer.text if url.endswith(".js") else ""):
            assert f"/static/{imported}" in linked, "what a module imports is fetched with it"
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
    for_members = sum(len(file.packed) for file in members_files())
    assert for_members <= MOST_OF_MEMBERS_BYTES
    assert whole + for_members <= MOST_BYTES


def members_files() -> list[StaticFile]:
    """What only a member's page asks for."""
    everybodys = {file.name for file in page_files().modules()}
    modules = [page_files().named(path.name) for path in sorted(SOURCES.glob("*.js"))]
    return [file for file in modules if file.name not in everybodys]


async def test_what_members_alone_need_is_not_linked_but_there(ayda: Ayda):
    page = await ayda.http.get("/app")
    assert [file.name for file in members_files() if not file.name.startswith("member")] == []
    for file in members_files():
        assert file.url not in page.text
        assert (await ayda.http.get(file.url)).status_code == 200


async def test_modules_leave_their_comments_and_indents_behind_and_nothing_else(ayda: Ayda):
    for path in sorted(SOURCES.glob("*.js")):
        lines = page_files().named(path.name).content.decode().splitlines()
        assert all(line == line.lstrip() for line in lines)
        assert all(line.count("`") % 2 == 0 for line in lines), "a text over several lines would lose its indents"
        served = page_files().named(path.name).content.decode()
        assert "/*" not in served
        assert not re.search(r"^\s*//", served, re.MULTILINE)
        strings = re.compile(r'say\("[^"]+"')
        assert strings.findall(served) == strings.findall(path.read_text(encoding="utf-8"))


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
