"""The crew's sheet: what a crew needs on paper, and nothing that a browser would run."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from html.parser import HTMLParser

from kernel.contracts.prediction import CheckpointRequest
from languages.voice import Voice
from takealong.along import clock, start_of, timeline_of
from takealong.crew_sheet import POLICY, STYLE, crew_html
from takealong.plan import planned_timeline
from tests.takealong.made import camps, told

SIX = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - at the course
ENGLISH = Voice()
ATTACKS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; DROP", "javascript:alert(1)", "{{7*7}}")


class Page(HTMLParser):
    """Elements, attributes and words of a page; refuses tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of(name: str = "Lake loop", voice: Voice = ENGLISH, **asked: object) -> tuple[Page, str]:
    prediction, _ = told(**asked)  # type: ignore[arg-type]
    timeline, start = planned_timeline(prediction, timeline_of(prediction)), start_of(prediction)
    text = crew_html(name, prediction, timeline, start, voice)
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page, text


def test_a_crew_reads_where_when_and_for_how_long():
    prediction, _ = told(start_at=SIX, checkpoints=camps(6, 20_000))
    page, _ = page_of(start_at=SIX, checkpoints=camps(6, 20_000))
    start = start_of(prediction)
    for checkpoint in prediction.checkpoints:
        assert checkpoint.name in page.words
        low, high = clock(start, checkpoint.eta_s.p10), clock(start, checkpoint.eta_s.p90)
        assert f"{low} \N{EN DASH} {high}" in page.words
    assert clock(start, prediction.elapsed_s.p50) in page.words
    assert any("Europe/Zurich (CEST)" in words for words in page.words)


def test_the_band_has_every_kilometre_of_a_long_course():
    page, _ = page_of(goal_s=30_000.0)
    prediction, _ = told()
    ends = [f"{split.to_m / 1000:.1f}".removesuffix(".0") for split in prediction.splits]
    assert set(ends) <= set(page.words)


def test_columns_that_would_be_empty_are_left_out_and_a_course_without_checkpoints_says_so():
    page, _ = page_of()
    assert "closes" not in page.words
    assert "in time" not in page.words
    assert any("No checkpoint" in words for words in page.words)


def test_nothing_from_outside_becomes_an_element_or_an_attribute():
    plain, _ = page_of(start_at=SIX, checkpoints=camps(len(ATTACKS), 20_000))
    nasty = tuple(CheckpointRequest(text, 1_000.0 * (i + 1)) for i, text in enumerate(ATTACKS))
    for name in ATTACKS:
        page, text = page_of(name=name, start_at=SIX, checkpoints=nasty)
        assert set(page.tags) == set(plain.tags)
        assert page.attributes == plain.attributes
        assert name in page.words
        assert "<script" not in text


def test_the_page_needs_nothing_but_its_own_style_which_the_policy_knows_by_its_digest():
    page, text = page_of(start_at=SIX)
    assert not {"script", "link", "img", "iframe", "form", "a"} & set(page.tags)
    assert not {each for each in page.attributes if each.startswith("on") or each in {"style", "href", "src"}}
    (style,) = re.findall("<style>(.*?)</style>", text)
    assert style == STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY


def test_the_sheet_speaks_another_language_and_counts_in_miles():
    page, text = page_of(voice=Voice("ko", "imperial"), start_at=SIX, checkpoints=camps(3, 20_000))
    assert '<html lang="ko">' in text
    assert {"서포터용", "장소", "도착", "페이스 밴드", "mi"} <= set(page.words)
    assert "2026년 6월 13일 토요일, 06:00" in text
    assert "For the crew" not in text
