"""How soon the page can be used, and how soon a guest has an answer: `python -m benchmarks.page_speed URL [CHROMIUM]`.

URL is a running ayda, such as the demo's; a real browser goes there.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import sync_playwright

from trackfiles.drawn import draw_course

ROUNDS: Final = 5
STEP_M: Final = 6.5
LENGTH_M: Final = 160_000.0
_WATCH: Final = (
    "new MutationObserver(() => {"
    " if (document.documentElement?.dataset.ready) window.readyAtMs ??= performance.now();"
    "}).observe(document, {attributes: true, subtree: true})"
)


def ready_ms(page: Any, url: str) -> float:
    """From the beginning of the visit until every control works."""
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached")
    return float(page.evaluate("window.readyAtMs"))


def answer_s(page: Any, course: Path) -> float:
    """From choosing a file until its answer is drawn."""
    begun_s = time.perf_counter()
    page.set_input_files("#file", course)  # by its path: a driver that hands the content over takes longer than we do
    page.wait_for_selector("#answer .time")
    return time.perf_counter() - begun_s


def main(url: str, chromium: str | None) -> None:
    """Print each round, and the medians."""
    ready, answered = [], []
    with sync_playwright() as driver, TemporaryDirectory() as folder:
        course = Path(folder, "a.gpx")
        course.write_bytes(draw_course(LENGTH_M, STEP_M))
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(_WATCH)
        for _ in range(ROUNDS):
            ready.append(ready_ms(page, url))
            answered.append(answer_s(page, course))
            print(f"ready {ready[-1]:.0f} ms, answer to {course.stat().st_size / 1e6:.1f} MB {answered[-1]:.2f} s")
        browser.close()
    print(f"medians: ready {statistics.median(ready):.0f} ms, answer {statistics.median(answered):.2f} s")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else shutil.which("chromium"))
