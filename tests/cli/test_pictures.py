"""Pictures are for a phone: the right size, letters that can be read, nothing over the edge or over other words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cli.comparing import compare
from cli.course import read_course, read_recording
from cli.draw.canvas import shortened
from cli.draw.compare import comparison_sheet
from cli.draw.curve import curve_sheet
from cli.predicting import answer
from kernel.contracts.prediction import Mode
from kernel.forecast import Question
from kernel.forecast.profile import describe_profile
from languages.voice import Voice
from takealong.letters import drawable
from takealong.pictures import DPI, HEIGHT_PX, WIDTH_PX
from tests.cli.conftest import Ayda
from tests.cli.made_up import DAY_ONE, gpx, history_folder
from tests.kernel.forecast.synthetic import TODAY_DAY, history_of

SMALLEST_PX = 22.0


def words_of(sheet: Figure) -> Iterator[tuple[str, Text, Bbox]]:
    """Everything written on the sheet, with the pixels it covers."""
    FigureCanvasAgg(sheet).draw()
    unseen = {id(tick.label1) for axes in sheet.axes for tick in _ticks_out_of_view(axes)}
    for text in sheet.findobj(Text):
        assert isinstance(text, Text)
        box = text.get_window_extent()
        if id(text) not in unseen and text.get_text().strip() and text.get_visible() and box.width and box.height:
            yield text.get_text(), text, box


def _ticks_out_of_view(axes: Axes) -> Iterator[Tick]:
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in axis.get_major_ticks():
            if not low - slack <= tick.get_loc() <= high + slack:
                yield tick


def curve_of(mode: Mode, size: int) -> Figure:
    features = history_of(mode, size, seed=3)
    profile = describe_profile(features, mode, telegram_id="1", updated_at=DAY_ONE, today_day=TODAY_DAY)
    return curve_sheet(profile, Voice())


def comparison_of(tmp_path: Path, **recorded: object) -> Figure:
    plan, done = tmp_path / "plan.gpx", tmp_path / "done.gpx"
    plan.write_bytes(gpx(length_m=12_000.0))
    done.write_bytes(gpx(**{"length_m": 12_000.0, "pace_s_per_km": 400.0, **recorded}))  # type: ignore[arg-type]
    course = read_course(plan)
    answered = answer(course, Question(), (), DAY_ONE)
    comparison = compare(course, read_recording(done), answered.prediction, answered.timeline)
    return comparison_sheet(course.name, course.route, comparison, Voice())


SHEETS: dict[str, Callable[[Path], Figure]] = {
    "a runner's curve": lambda _: curve_of("trail_run", 30),
    "a hiker's curve from one outing": lambda _: curve_of("hiking", 1),
    "as predicted": comparison_of,
    "much slower": lambda folder: comparison_of(folder, pace_s_per_km=1200.0),
    "much faster": lambda folder: comparison_of(folder, pace_s_per_km=200.0),
    "half of it": lambda folder: comparison_of(folder, length_m=6_000.0),
}


@pytest.fixture(params=SHEETS)
def sheet(request: pytest.FixtureRequest, tmp_path: Path) -> Figure:
    return SHEETS[request.param](tmp_path)


def test_no_word_leaves_the_sheet(sheet: Figure):
    for words, _, box in words_of(sheet):
        assert box.x0 >= 0, words
        assert box.y0 >= 0, words
        assert box.x1 <= WIDTH_PX, words
        assert box.y1 <= HEIGHT_PX, words


def test_every_letter_can_be_read_on_a_phone(sheet: Figure):
    for words, text, _ in words_of(sheet):
        assert text.get_fontsize() * DPI / 72 >= SMALLEST_PX, words


def test_no_words_lie_on_other_words(sheet: Figure):
    written = [(words, box) for words, _, box in words_of(sheet)]
    for (one, a), (other, b) in combinations(written, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 4, (one, other)


def test_dollars_stay_dollars_and_long_names_are_shortened():
    assert drawable("Озеро $x$") == "Озеро $x$"
    assert shortened("  a\n b  ", 10) == "a b"
    assert shortened("abcdefgh", 5) == "abcd…"


@pytest.mark.parametrize("command", ["predict", "history", "compare"])
def test_each_command_writes_a_picture_of_the_promised_size(
    ayda: Ayda, route: Path, tmp_path: Path, command: str, size_of: Callable[[Path], tuple[int, int]]
):
    recorded, out = tmp_path / "recorded.gpx", tmp_path / "out.png"
    recorded.write_bytes(gpx(pace_s_per_km=400.0, started_at=DAY_ONE + timedelta(days=50)))
    named = {"predict": [route], "history": [history_folder(tmp_path / "past")], "compare": [route, recorded]}
    said = ayda(command, *named[command], "--json", "--picture", out)
    assert said.code == 0, said.err
    assert json.loads(said.out)
    assert size_of(out) == (WIDTH_PX, HEIGHT_PX) == (1080, 1350)


@pytest.mark.parametrize("command", ["predict", "history", "compare"])
@pytest.mark.parametrize(("ending", "head"), [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")])
def test_the_ending_of_a_picture_decides_its_format(
    ayda: Ayda, route: Path, tmp_path: Path, command: str, ending: str, head: bytes
):
    recorded, out = tmp_path / "recorded.gpx", tmp_path / f"out{ending}"
    recorded.write_bytes(gpx(pace_s_per_km=400.0, started_at=DAY_ONE + timedelta(days=50)))
    named = {"predict": [route], "history": [recorded], "compare": [route, recorded]}
    said = ayda(command, *named[command], "--picture", out)
    assert said.code == 0, said.err
    assert out.read_bytes().startswith(head)


@pytest.mark.parametrize("command", ["predict", "history", "compare"])
@pytest.mark.parametrize("name", ["out.jpg", "out", "png", "out.png.exe"])
def test_a_picture_of_another_ending_is_refused_before_anything_is_read(
    ayda: Ayda, tmp_path: Path, command: str, name: str
):
    paths = {"predict": 1, "history": 1, "compare": 2}
    said = ayda(command, *[tmp_path / "nowhere.gpx"] * paths[command], "--picture", tmp_path / name)
    assert said.code == 2
    assert said.err.startswith("picture_format: ")
    assert not (tmp_path / name).exists()


@pytest.fixture
def size_of() -> Callable[[Path], tuple[int, int]]:
    """Width and height from a PNG's head."""

    def read(path: Path) -> tuple[int, int]:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG\r\n")
        return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])

    return read
