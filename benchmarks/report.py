"""docs/accuracy.md: tables, figures and how they came about. No date and no commit: same results, same page."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders import AYDA
from benchmarks.field_checks import field_tables
from benchmarks.figures import draw_all
from benchmarks.results import Results
from benchmarks.tables import (
    Table,
    bands,
    comparison,
    few_activities,
    history_lengths,
    onward_results,
    race_results,
    repeated_routes,
)

_FIGURES = "figures"


def write_report(results: Results, docs: Path) -> Path:
    """Writes the page and its figures into `docs` and returns the page's file."""
    draw_all(results, docs / _FIGURES)
    page = docs / "accuracy.md"
    page.write_text(page_of(results), encoding="utf-8")
    return page


def page_of(results: Results) -> str:
    """The page as Markdown."""
    found = results.scores[AYDA]["all"]
    parts = [
        _introduction(found["n"], found["athletes"]),
        comparison("", results.scores).as_markdown(),
        _ABOUT_METHODS,
        _figure("error_by_subset", "Mean error of each method, in a panel for each subset"),
        _ABOUT_BANDS,
        bands(results.scores[AYDA]).as_markdown(),
        _figure("coverage_by_subset", "Share of outings faster than, within and slower than the 80 % band"),
        _figure("calibration", "Observed against nominal quantiles"),
        _ABOUT_NEWCOMERS,
        few_activities(results).as_markdown(),
        _ABOUT_LENGTHS,
        history_lengths(results).as_markdown(),
        _figure("history_length", "Error against the number of earlier activities"),
        *([_ABOUT_NEWEST, bands(results.newest_six).as_markdown()] if results.newest_six else []),
        _ABOUT_REPEATS,
        repeated_routes(results).as_markdown(),
        _ABOUT_ALL_EARLIER,
        comparison("", results.scores_all_earlier).as_markdown(),
        *([_ABOUT_RACES] if results.races else []),
        *(_section(table) for table in race_results(results)),
        *([_ABOUT_ONWARD] if results.onward else []),
        *(_section(table) for table in onward_results(results)),
        _ABOUT_FIELDS,
        *(_section(table) for table in field_tables()),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _figure(name: str, what: str) -> str:
    return f"![{what}]({_FIGURES}/{name}.png)"


def _section(table: Table) -> str:
    """A table under its title; long ones open on a click."""
    if not table.long:
        return f"### {table.title}\n\n{table.as_markdown()}"
    return f"<details><summary>{table.title}</summary>\n\n{table.as_markdown()}\n\n</details>"


def _introduction(outings: float, athletes: float) -> str:
    return f"""
# How right the forecast is

This page is written by `nox -s accuracy`; do not edit it. {outings:.0f} recorded outings of {athletes:.0f} people
(runners, walkers, mountain hikers) are each forecast from the same person's earlier ones alone, at least five of them,
and from nothing of the outing itself but its course. Figures are means within a person first, then over people. What
is measured is the default product: nothing about where someone was is used (tier A). To measure again, set
`AYDA_EVAL_DATA` to a folder with `evaluate.py`, `dev/` and `dev2/`; the recordings are not part of the project.

An outing is *hilly* above 20 m of climb per km, *steep* above 40, *long* beyond 1.5 times the person's median moving
time so far, *far* where its length and climb are more than 1.5 times the median so far, *cold* when it is one of the
first five that are forecast (5 to 9 earlier ones).

## Beside the known methods

Mean / median absolute error of moving time in percent; bias on long outings (negative: forecast too fast); mean error
of elapsed time, pauses included.
"""


_ABOUT_METHODS = """
Each known method gets what serves it best: the newest 30 activities of the same kind (running or walking), any kind
where there is none. *Scaled* is the median ratio of moving time to what the formula says of whole activities; *from
flat pace* multiplies the median pace of kilometres within 3 % of level. The 11-bin profile is that of the earlier
system (median pace of kilometre splits per gradient category, outliers beyond 1.5 interquartile ranges dropped, grade
adjustment where a category has fewer than five), which by its design uses everything there is and is shown with the
newest 30 as well; it is applied to kilometres. The regression is least squares of relative errors with a weak ridge.
For elapsed time each takes the median ratio of elapsed to moving time of the activities it learns from.
"""

_ABOUT_BANDS = """
## What the band is worth

Four of five outings should fall between P10 and P90, one below and one above in ten.
"""

_ABOUT_NEWCOMERS = """
## With little or no history

Every outing is taken as a fresh start: it is forecast from only the few activities before it, those of its kind first.
*Stated pace* is what an honest person would say: the median pace of their flat kilometres in the five other outings of
that kind nearest before (or after), to the nearest 15 s per km. Who has hardly a flat kilometre states nothing and is
left out of the lower half.
"""

_ABOUT_LENGTHS = """
## How much history is enough

The same targets for every row: outings with at least 50 before them, each forecast from only the newest so many.
"""

_ABOUT_NEWEST = """
### From the newest six alone

All targets again, the history before each cut to its newest six outings of any kind: a cold start for everybody.
"""

_ABOUT_REPEATS = """
## How far a forecast could get

The same person does not take the same time on the same route. On outings whose route the person went at least three
other times, at least once before, the median of all the other times is about the best that anything knowing the route
and the person could say, and it knows the later ones too.
"""

_ABOUT_ALL_EARLIER = """
## Why other tables show larger errors for the same methods

Comparisons often let a method learn from everything: all earlier activities of a kind once there are three, all of
both kinds before that, and for the constant pace all of both kinds always. That makes the known methods look worse
than they need to, because people change. With that choice they come out as follows; Ayda is measured against the
better ones above.
"""

_ABOUT_RACES = """
## Races

Public results from start to finish, by how long the race took: how far off the median was, by how much on average (log;
negative: too fast), and how often the band of 80 % held. In the first table 3,000 times one result of somebody is the
whole history, and another race of theirs is forecast; *farther* is more than half as far again by kilometres and climb.
In the second nothing is known, and the median is that of the field. Courses are even hills made of length and climb,
so what terrain does besides is in the error. Uphill races are left out. The law of long days was found in such pairs,
the level of strangers on trails in these fields.
"""

_ABOUT_ONWARD = """
## On the day

What passing times say of the rest: 400 of 8,054 finishers of a mountain race of 174.6 km (2013 to 2017), of whom
nothing is known but when they came by at the stations so far. The error is that of the time still to come, in percent
of it. Beside it the rest at the same share of effort (kilometres and climb), and the median ratio of the other years'
runners at that very station, who know the race. Ayda has the course and its start, and knows no runner of it.
"""

_ABOUT_FIELDS = """
## Against published results

Nothing is fitted to these but how much the second half of a day and more slows, which is half way between Western
States and UTMB. Published times of races are elapsed, forecasts are moving; finishers under a time limit
are a cut-off sample of a field. Courses whose shape is not at hand are made up from length, climb and descent as even
hills. Both activities of the one runner are part of the profile they are compared with, not of the forecast, which
knows a flat pace of 6.29 min/km and nothing else. A stranger is someone of whom nothing is known. The sources stand in
`benchmarks/published.json`; `python -m benchmarks.field_checks` prints the same tables.
"""
