"""Results as tables: one description of each, printed as text or as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contenders import AYDA
from benchmarks.newcomers import FEW, LENGTHS
from benchmarks.protocol import SUBSETS, Scores
from benchmarks.results import Results


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a head and rows of text; the first column is left-aligned. A `long` one is folded away on a page."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    long: bool = False

    def as_text(self) -> str:
        """For a terminal."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        padded = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
        return "\n".join([self.title, *("  ".join(line).rstrip() for line in padded)])

    def as_markdown(self) -> str:
        """For a page; Ayda's row is set in bold."""
        rule = ["---", *["---:"] * (len(self.head) - 1)]
        rows = [[f"**{cell}**" if row[0] == AYDA else cell for cell in row] for row in self.rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in (self.head, rule, *rows))


def comparison(title: str, scores: Mapping[str, Scores]) -> Table:
    """MAPE / median APE per subset, the bias on long outings, and the MAPE of elapsed time."""
    head = ["method", *SUBSETS, "bias, long", "elapsed"]
    rows = [
        [
            name,
            *(_pair(score.get(subset), "mape", "mdape") for subset in SUBSETS),
            as_signed(score.get("long"), "bias"),
            as_percent(score.get("all"), "ela_mape"),
        ]
        for name, score in scores.items()
    ]
    return Table(title, head, rows)


def bands(score: Scores) -> Table:
    """What became of Ayda's 80 % band per subset."""
    shares = ["held %", "SD over people", "faster %", "slower %", "width %", "bias %", "elapsed MAPE %"]
    head = ["subset", *shares, "outings", "athletes"]
    rows = [
        [
            subset,
            as_percent(found, "cov80", 0),
            as_percent(found, "cov80_sd"),
            *(as_percent(found, key, 0) for key in ("below", "above")),
            as_percent(found, "width"),
            as_signed(found, "bias"),
            as_percent(found, "ela_mape"),
            f"{found['n']:.0f}",
            f"{found['athletes']:.0f}",
        ]
        for subset in SUBSETS
        if (found := score.get(subset))
    ]
    return Table("80 % band of ayda: width relative to the median time", head, rows)


def few_activities(results: Results) -> Table:
    """0 to 4 earlier activities, with and without a stated flat pace."""
    head = [
        "earlier",
        "stated pace",
        "MAPE %",
        "running",
        "walking",
        "bias %",
        "held %",
        "running",
        "walking",
        "width %",
    ]
    rows = []
    for stated in ("", " stated"):
        for count in FEW:
            found = results.few.get(f"{count}{stated}")
            kinds = [results.few_by_kind.get(f"{count}{stated} {kind}") for kind in ("run", "walk")]
            rows.append(
                [
                    str(count),
                    "yes" if stated else "no",
                    as_percent(found, "mape"),
                    *(as_percent(one, "mape") for one in kinds),
                    as_signed(found, "bias"),
                    as_percent(found, "cov80", 0),
                    *(as_percent(one, "cov80", 0) for one in kinds),
                    as_percent(found, "width", 0),
                ]
            )
    return Table("0 to 4 earlier activities", head, rows)


def history_lengths(results: Results) -> Table:
    """Error against the number of earlier activities used."""
    head = ["newest activities", "MAPE %", "median APE %", "held %", "width %"]
    rows = [
        [
            "all" if length == LENGTHS[-1] else str(length),
            *(as_percent(results.lengths.get(str(length)), key) for key in ("mape", "mdape")),
            *(as_percent(results.lengths.get(str(length)), key, 0) for key in ("cov80", "width")),
        ]
        for length in LENGTHS
    ]
    return Table("length of history", head, rows)


def repeated_routes(results: Results) -> Table:
    """Errors on routes gone before: about how far a forecast could get."""
    rows = [
        [
            name,
            *(as_percent(found, key) for key in ("mape", "mdape")),
            *(f"{found[key]:.0f}" for key in ("n", "athletes")),
        ]
        for name, found in results.repeats.items()
        if found
    ]
    return Table("routes gone before", ["forecast by", "MAPE %", "median APE %", "outings", "athletes"], rows)


def race_results(results: Results) -> list[Table]:
    """Pairs and fields by hours of the race; none where none were measured."""
    titles = {"pairs": "One earlier result of a runner", "fields": "Strangers beside the median of a field"}
    head = ["time", "MAPE %", "bias %", "held %", "races"]
    return [
        Table(
            titles[part],
            head,
            [
                [
                    name,
                    as_percent(found, "mape"),
                    as_signed(found, "bias"),
                    as_percent(found, "held", 0),
                    f"{found['n']:.0f}",
                ]
                for name, found in scores.items()
            ],
        )
        for part, scores in results.races.items()
    ]


def onward_results(results: Results) -> list[Table]:
    """What passing times say of the time still to come; none where it was not measured."""
    if not results.onward:
        return []
    names = {"effort": "same share of effort", "others": "other years' runners there", "model": AYDA}
    head = ["known at", *names.values(), f"{AYDA} held %"]
    rows = [
        [
            station,
            *(as_percent(found.get(name), "mape") for name in names),
            as_percent(found.get("model"), "held", 0),
        ]
        for station, found in results.onward.items()
    ]
    return [Table("Error of the time still to come, % of it", head, rows)]


def text_of(results: Results) -> str:
    """All tables for a terminal."""
    tables = [
        comparison("MAPE / median APE of moving time, %; each method on what serves it best", results.scores),
        bands(results.scores[AYDA]),
        bands(results.newest_six),
        comparison("the known methods on all earlier activities", results.scores_all_earlier),
        few_activities(results),
        history_lengths(results),
        repeated_routes(results),
        *race_results(results),
        *onward_results(results),
    ]
    return "\n\n".join(table.as_text() for table in tables)


def as_percent(found: Mapping[str, float] | None, key: str, digits: int = 1) -> str:
    """A share as percent; a dash where it is not known."""
    return f"{100 * found[key]:.{digits}f}" if found and key in found else "-"


def as_signed(found: Mapping[str, float] | None, key: str) -> str:
    """A share as percent with its sign; a dash where it is not known."""
    return f"{100 * found[key]:+.1f}" if found and key in found else "-"


def _pair(found: Mapping[str, float] | None, first: str, second: str) -> str:
    return f"{as_percent(found, first)} / {as_percent(found, second)}" if found else "-"
