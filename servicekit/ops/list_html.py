"""Lists of the operations page as HTML: search, headings that sort, rows, and the way to other pages."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from languages.voice import Voice, mark
from servicekit.ops.html import OPS, form_field, moment
from servicekit.ops.lists import MOST, PAGE, FoundPage, ListColumn, OpsList, Wanted

_NOTHING: Final = mark("Nothing.")
_MORE: Final = mark(
    "There are more: in another order, or with a part of a word, the newest {most} are looked through; a whole id is "
    "found among all."
)
_MORE_BUT_NO_IDS: Final = mark("There are more: the newest {most} are looked through.")


def list_page(voice: Voice, listing: OpsList, found: FoundPage, wanted: Wanted, form: str) -> str:
    """A list: search, headings that sort, rows, and the way to other pages."""
    act = "" if listing.replay is None else "<th></th>"
    heads = "".join(_heading(voice, listing, column, wanted) for column in listing.columns)
    rows = "".join(_row(voice, listing, row, form) for row in found.rows)
    table = (
        f"<table><thead><tr>{heads}{act}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else (f"<p>{escape(voice.say(_NOTHING))}</p>")
    )
    note = escape(voice.say("Times are UTC."))
    more = escape(voice.say(_MORE if listing.ids else _MORE_BUT_NO_IDS, most=voice.number(MOST)))
    beyond = f'<p class="soft">{more}</p>' if found.more else ""
    return (
        f"<h1>{escape(voice.say(listing.title))}</h1>{_search(voice, listing, wanted)}{table}"
        f'{_pages(voice, listing, found, wanted)}{beyond}<p class="soft">{note}</p>'
    )


def _search(voice: Voice, listing: OpsList, wanted: Wanted) -> str:
    chosen = "".join(
        f"<option{' selected' if state == wanted.state else ''}>{escape(state)}</option>" for state in listing.states
    )
    said = escape(voice.say("State"))
    states = f'<select name="state" aria-label="{said}"><option value="">{said}</option>{chosen}</select>'
    search = escape(voice.say("Search"))
    order = wanted.query().get("sort", "")
    kept = f'<input type="hidden" name="sort" value="{escape(order)}">' if order else ""
    return (
        f'<form class="search" role="search"><input type="search" name="q" aria-label="{search}" '
        f'placeholder="{search}" value="{escape(wanted.search)}">{states if chosen else ""}'
        f"{kept}<button>{search}</button></form>"
    )


def _heading(voice: Voice, listing: OpsList, column: ListColumn, wanted: Wanted) -> str:
    sorts = listing.sorted_by(wanted) == column.attribute
    descending = not (sorts and wanted.descending)
    link = urlencode(wanted.query(sort=f"{'-' if descending else ''}{column.attribute}", page=""))
    arrow, order = ("", "") if not sorts else (" ↓", "descending") if wanted.descending else (" ↑", "ascending")
    said = f' aria-sort="{order}"' if order else ""
    name = escape(voice.say(column.heading))
    return f'<th scope="col"{_kind(column)}{said}><a href="?{escape(link)}">{name}{arrow}</a></th>'


def _kind(column: ListColumn) -> str:
    kind = "moment" if column.kind == "epoch_s" else column.kind
    return "" if kind == "text" else f' class="{kind}"'


def _row(voice: Voice, listing: OpsList, row: Any, form: str) -> str:
    cells = "".join(
        f'<td{_kind(column)} data-heading="{escape(voice.say(column.heading))}">{_cell(voice, column, row)}</td>'
        for column in listing.columns
    )
    if listing.replay is not None:
        again = escape(voice.say("Try again"))
        button = (
            f'<form method="post" action="{OPS}/lists/{listing.name}/replay">{form_field(form)}'
            f'<input type="hidden" name="id" value="{escape(str(row.id))}"><button>{again}</button></form>'
        )
        cells += f'<td class="act">{button if listing.replays(row) else ""}</td>'
    return f"<tr>{cells}</tr>"


def _cell(voice: Voice, column: ListColumn, row: Any) -> str:
    value = getattr(row, column.attribute)
    if value is None:
        return ""
    if column.kind == "epoch_s":
        return moment(datetime.fromtimestamp(value, UTC))
    if column.kind == "moment":
        return moment(value)
    return voice.number(value) if column.kind == "number" else escape(str(value))


def _pages(voice: Voice, listing: OpsList, found: FoundPage, wanted: Wanted) -> str:
    last = max(1, -(-found.total // PAGE))
    total = voice.number(found.total) + ("+" if found.more and found.total == MOST else "")
    said = voice.say("Page {page} of {last}, {total} in all", page=wanted.page, last=last, total=total)
    ways = ""
    for there, page, name in (
        (wanted.page > 1, wanted.page - 1, voice.say("Back")),
        (wanted.page < last, wanted.page + 1, voice.say("Next")),
    ):
        if there:
            link = urlencode(wanted.query(page=page))
            ways += f'<a href="{OPS}/lists/{listing.name}?{escape(link)}">{escape(name)}</a>'
    return f'<p class="pages">{ways}<span>{escape(said)}</span></p>'
