"""The page as it is served: nothing from elsewhere, nothing that runs what somebody wrote."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.simulators.telegram.stage import stage_with

FOLDER = Path("simulators/telegram/page")
SCRIPTS = sorted(FOLDER.glob("*.js"))
FILES = sorted(FOLDER.iterdir())
CONTENT = {path.name: path.read_bytes() for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
async def test_every_file_is_served_under_a_strict_policy(path: Path) -> None:
    stage = stage_with()
    answer = await stage.http.get(f"/page/{path.name}")
    assert answer.content == CONTENT[path.name]
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_path_leads_out_of_the_folder() -> None:
    stage = stage_with()
    for name in ("..%2fsimulator.py", "%2e%2e", "none.js", "%2fetc%2fpasswd"):
        assert (await stage.http.get(f"/page/{name}")).status_code == 404


def test_all_that_is_asked_for_is_there() -> None:
    names = {path.name for path in FILES}
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        asked = re.findall(r'(?:"/page/|from "\./)([\w.]+)"', text)
        assert set(asked) <= names
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    there = set(re.findall(r'\bid="([\w-]+)"', html))
    for script in SCRIPTS:
        wanted = set(re.findall(r'(?:part|getElementById)\("([\w-]+)"\)', script.read_text(encoding="utf-8")))
        assert wanted <= there, script.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere_and_no_text_becomes_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w.-]+", text)) <= {"http://www.w3.org"}
    for dangerous in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert dangerous not in text
    assert not re.search(r"\s(?:style|on\w+)=", text) or path.suffix != ".html"


def test_the_whole_page_is_small() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < 30_000


async def test_a_link_to_the_bot_opens_the_page_with_what_it_says() -> None:
    stage = stage_with()
    answer = await stage.http.get("/t.me/Ayda_Bot", params={"startapp": "strava_ok", "other": "x"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/?startapp=strava_ok")
    answer = await stage.http.get("/t.me/ayda_bot/app", params={"start": "abc"})
    assert answer.headers["location"] == "/?start=abc"
    assert (await stage.http.get("/t.me/somebody")).status_code == 404


async def test_what_is_asked_for_in_the_wrong_way_is_answered_with_a_sentence() -> None:
    stage = stage_with()
    for path, body in (
        ("/client/messages", {"person_id": "x"}),
        ("/client/messages", {"person_id": 1, "text": "hi"}),
        ("/client/taps", {}),
    ):
        answer = await stage.http.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert (
        await stage.http.post("/client/files", data={"person_id": "x"}, files={"file": ("x", b"x")})
    ).status_code == 400
    assert (await stage.http.get("/nowhere")).status_code == 404
