"""Running predictors over the recordings, one process per athlete; scoring stays with the folder's own evaluate.py."""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, Final, Protocol, TypeVar

from kernel.tracks.track import FloatArray

SUBSETS: Final = ("all", "hilly", "steep", "long", "far", "cold")
DATA_VARIABLE: Final = "AYDA_EVAL_DATA"
FOLDERS: Final = ("dev", "dev2")
NO_DATA: Final = (
    f"No accuracy was measured: {DATA_VARIABLE} names no folder with evaluate.py and dev/ "
    "(real recordings are not part of this project)."
)

Result = TypeVar("Result")
Activity = Mapping[str, Any]
Row = dict[str, Any]
Scores = dict[str, dict[str, float]]


class Predictor(Protocol):
    """What evaluate.py plugs in; a module with these two functions is one too."""

    @property
    def fit(self) -> Callable[[Sequence[Activity]], Any]:
        """From a history, oldest first, to a model."""

    @property
    def predict(self) -> Callable[[Any, FloatArray, FloatArray, str, Mapping[str, Any]], Any]:
        """From a model, a route's distances and heights, a sport and the route's shape to seconds."""


Catalogue = Callable[[], Mapping[str, Predictor]]
"""A function at the top of a module that gives named predictors: each process calls it for its own."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of recordings."""

    folder: Path

    @property
    def evaluate(self) -> Any:
        """Its module `evaluate`: the protocol."""
        return self._module("evaluate")

    @property
    def tracks(self) -> Any:
        """Its module `tracks`: loading."""
        return self._module("tracks")

    def athletes(self) -> list[str]:
        """Names of the athletes, the one with the largest file first: who takes longest starts first."""
        folders = (self.folder / name for name in FOLDERS)
        files = [path for each in folders for path in each.glob("*.npz") if not path.name.endswith(".shape.npz")]
        return [path.stem for path in sorted(files, key=lambda path: (-path.stat().st_size, path.name))]

    def activities(self, athlete: str) -> list[Activity]:
        """An athlete's activities, oldest first; the same objects each time, so what is cached of them lasts."""
        return _loaded(self, athlete)

    @property
    def races(self) -> Any:
        """Its module `races`: the protocol for public results."""
        return self._module("races")

    def onward(self, module: str) -> Mapping[str, Any]:
        """What its `replan.py` says of a module's `onward`; empty where the folder has no passing times."""
        script = self.folder / "replan.py"
        if not script.is_file():
            return {}
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "onward.json"
            command = [sys.executable, str(script), "--py", module, "--json", str(written)]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own interpreter and folder
            found: Mapping[str, Any] = json.loads(written.read_text(encoding="utf-8"))
            return found

    def _module(self, name: str) -> Any:
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        return importlib.import_module(name)


@cache
def _loaded(shelf: Shelf, athlete: str) -> list[Activity]:
    folder = next(each for name in FOLDERS if (each := shelf.folder / name).joinpath(f"{athlete}.npz").is_file())
    loaded: list[Activity] = shelf.tracks.load(str(folder), only=[athlete])[athlete]
    return loaded


def named_shelf() -> Shelf | None:
    """The folder that the environment names, None when it names none."""
    named = os.environ.get(DATA_VARIABLE)
    if not named or not (Path(named) / "evaluate.py").is_file():
        return None
    return Shelf(Path(named).resolve())


def asked(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Shelf | None]:
    """The options, a positive `--stride` among them, and the recordings; None, and said so, when there are none."""
    parser.add_argument("--stride", type=int, default=1, help="score every n-th target only")
    options = parser.parse_args(arguments)
    if options.stride < 1:
        parser.error("--stride counts targets, so it is 1 or more.")
    shelf = named_shelf()
    if shelf is None:
        print(NO_DATA)
    return options, shelf


def mean_errors(rows: Sequence[Row]) -> dict[str, float]:
    """Mean share by which each athlete's medians were off."""
    per: dict[str, list[float]] = {}
    for row in rows:
        per.setdefault(row["a"], []).append(abs(row["p50"] / row["true"] - 1.0))
    return {athlete: fmean(own) for athlete, own in per.items()}


def rows_of(shelf: Shelf, athlete: str, catalogue: Catalogue, stride: int) -> dict[str, list[Row]]:
    """The protocol's rows per predictor for one athlete."""
    data = {athlete: shelf.activities(athlete)}
    rows = {}
    for name, predictor in catalogue().items():
        rows[name] = shelf.evaluate.run(predictor, data, None, stride)
        said(f"{athlete}  {name}")
    return rows


def newest_rows(shelf: Shelf, athlete: str, predictor: Predictor, stride: int, newest: int) -> list[Row]:
    """The protocol's rows for one athlete whose history is cut to the `newest` so many at each target."""
    data = {athlete: shelf.activities(athlete)}
    rows: list[Row] = shelf.evaluate.run(predictor, data, None, stride, newest=newest)
    said(f"{athlete}  newest {newest}")
    return rows


def per_athlete(work: Callable[..., Result], shelf: Shelf, *arguments: Any) -> list[Result]:
    """`work(shelf, athlete, *arguments)` for each athlete, two at a time, in the order of their names."""
    context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        waiting = {athlete: pool.submit(work, shelf, athlete, *arguments) for athlete in shelf.athletes()}
        return [waiting[athlete].result() for athlete in sorted(waiting)]


def merged(parts: Sequence[Mapping[str, Sequence[Row]]]) -> dict[str, list[Row]]:
    """Rows of all athletes per predictor."""
    return {name: [row for part in parts for row in part[name]] for name in parts[0]}


def scores_of(shelf: Shelf, rows: Mapping[str, Sequence[Row]]) -> dict[str, Scores]:
    """The protocol's scores per predictor and subset."""
    return {name: shelf.evaluate.score(of_one, SUBSETS) for name, of_one in rows.items()}


def said(progress: str) -> None:
    """One line of progress, apart from the result."""
    print(progress, file=sys.stderr, flush=True)
