"""The operations page as HTML. Whatever is not written here is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import urlencode

from languages.voice import Voice, mark
from servicekit.ops.desk import Desk, Glance, Note
from servicekit.ops.lists import OpsList
from servicekit.ops.style import STYLE
from servicekit.sight.figures import Figures, windows_of
from servicekit.sight.watchman import alarm_text

OPS: Final = "/ops"
_SIGN_OUT: Final = mark("Sign out")
_NOBODY_SIGNS_IN: Final = mark("Nobody can sign in: OPERATOR_KEY is not set.")
_THIS_IS_NOT_THE_KEY: Final = mark("This is not the key.")
_OPERATIONS: Final = mark("Operations")
_KEY_OF_THE_OPERATOR: Final = mark("Key of the operator")
_SIGN_IN: Final = mark("Sign in")
_NO_ALARM: Final = mark("No alarm.")
_SINCE_MOMENT: Final = mark("since {moment}")
_CALLS_TO_STRAVA: Final = mark("Calls to Strava")
_READS_BY_HOUR: Final = mark("Reads of syncs, by the hour (UTC)")
_THE_OLDEST_DUE_ONE_WAITS: Final = mark("The oldest due one waits")
_JOBS_BY_KIND: Final = mark("Jobs by kind")
_OLDEST_WAITS: Final = mark("{count}, the oldest waits {seconds} s")
_IN_WORDS: Final = mark("In words")
_NOTHING: Final = mark("Nothing.")
_WINDOWS: Final[Mapping[str, str]] = {
    "read_15min": mark("Reads, this quarter of an hour"),
    "read_day": mark("Reads, today"),
    "overall_15min": mark("All calls, this quarter of an hour"),
    "overall_day": mark("All calls, today"),
}
_THINGS: Final[Mapping[str, str]] = {
    "connections": mark("Connections"),
    "predictions_of_a_day": mark("Predictions of the last day"),
}
"""What is counted and has no list of its own."""
_STATES: Final[Mapping[str, str]] = {
    "ready": mark("Due"),
    "delayed": mark("Later"),
    "running": mark("Running"),
    "dead": mark("Given up"),
}


def document(voice: Voice, name: str, body: str, *, top: str = "") -> str:
    """A whole page of this service, below `top`, which is the menu for whoever has a session."""
    title = escape(f"{name}: {voice.say(_OPERATIONS)}")
    return (
        f'<!doctype html><html lang="{voice.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body>{top}<main>{body}</main></body></html>"
    )


def menu(voice: Voice, desk: Desk, form: str, *, here: str | None = None) -> str:
    """The way to all pages and out; `form` is the token of the session, `here` the list that is shown, "" the first."""
    places = [("", voice.say("Overview")), *((name, voice.say(each.title)) for name, each in desk.lists.items())]
    links = "".join(
        f'<a href="{OPS}{f"/lists/{name}" if name else ""}"{_current(name == here)}>{escape(title)}</a>'
        for name, title in places
    )
    button = f"{form_field(form)}<button>{escape(voice.say(_SIGN_OUT))}</button>"
    leave = f'<form method="post" action="{OPS}/logout">{button}</form>'
    return f"<header><strong>{escape(desk.name)}</strong><nav>{links}</nav>{leave}</header>"


def _current(is_here: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return ' aria-current="page"' if is_here else ""


def form_field(form: str) -> str:
    return f'<input type="hidden" name="form" value="{escape(form)}">'


def sign_in(voice: Voice, *, has_key: bool, refused: bool) -> str:
    """The form for the key."""
    if not has_key:
        return f"<h1>{escape(voice.say(_NOBODY_SIGNS_IN))}</h1>"
    wrong = f'<p role="alert" class="critical"><b>{escape(voice.say(_THIS_IS_NOT_THE_KEY))}</b></p>' if refused else ""
    return (
        f'<form class="door" method="post" action="{OPS}/login"><h1>{escape(voice.say(_OPERATIONS))}</h1>{wrong}'
        f'<label for="key">{escape(voice.say(_KEY_OF_THE_OPERATOR))}</label>'
        f'<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>'
        f"<button>{escape(voice.say(_SIGN_IN))}</button></form>"
    )


def overview(voice: Voice, desk: Desk, seen: Glance) -> str:
    """Everything at one look."""
    cards = [_quota(voice, seen.figures), _hours(voice, seen.beside.reads_by_hour)]
    cards += [_jobs(voice, seen.figures), _kinds(voice, seen.figures)]
    cards += [_things(voice, desk, name, states) for name, states in seen.figures.counts.items()]
    cards += [_tokens(voice, seen.figures), _notes(voice, seen.beside.notes)]
    return f'<h1>{escape(desk.name)}</h1>{_alarms(voice, seen)}<div class="cards">{"".join(cards)}</div>'


def _alarms(voice: Voice, seen: Glance) -> str:
    if not seen.alarms:
        return f'<p class="good">{escape(voice.say(_NO_ALARM))}</p>'
    lines = "".join(
        f'<li class="{each.severity}"><b>{escape(alarm_text(voice, each.name, each.figure))}</b> '
        f'<span class="soft">{escape(voice.say(_SINCE_MOMENT, moment=f"{moment(each.since)} UTC"))}</span></li>'
        for each in seen.alarms
    )
    return f'<ul class="alarms">{lines}</ul>'


def _section(title: str, facts: Iterable[tuple[str, str]]) -> str:
    """A heading and pairs of escaped text."""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return f"<section><h2>{escape(title)}</h2><dl>{rows}</dl></section>" if rows else ""


def _quota(voice: Voice, figures: Figures) -> str:
    rows = ""
    for window, used, limit in windows_of(figures.quota):
        name = escape(voice.say(_WINDOWS[window]))
        said = f"{voice.number(used)} / {voice.number(limit)}"
        rows += _metered(name, said, value=used, most=limit, high=0.8 * limit)
    for address, count in figures.failures_in_a_row.items():
        name = voice.say("Failures in a row, {address}", address=address)
        rows += f"<dt>{escape(name)}</dt><dd>{count}</dd>"
    return f"<section><h2>{escape(voice.say(_CALLS_TO_STRAVA))}</h2><dl>{rows}</dl></section>"


def _metered(name: str, said: str, *, value: int, most: int, high: float | None = None) -> str:
    """A figure and its bar, which warns from `high` on; what is given is escaped."""
    warns = "" if high is None else f' high="{high:.0f}"'
    bar = f'<meter min="0" max="{most}"{warns} value="{value}" aria-label="{name}"></meter>'
    return f'<dt class="bar">{name}</dt><dd class="bar">{said}</dd><dd class="wide">{bar}</dd>'


def _hours(voice: Voice, reads: Sequence[tuple[datetime, int]]) -> str:
    """How the last day went, an hour a line."""
    most = max((count for _, count in reads), default=0)
    rows = "".join(_metered(f"{hour:%H}:00", voice.number(count), value=count, most=most) for hour, count in reads)
    return f"<section><h2>{escape(voice.say(_READS_BY_HOUR))}</h2><dl>{rows}</dl></section>" if rows else ""


def _jobs(voice: Voice, figures: Figures) -> str:
    queue = figures.queue
    facts = [(escape(voice.say(said)), voice.number(getattr(queue, state))) for state, said in _STATES.items()]
    waits = (escape(voice.say(_THE_OLDEST_DUE_ONE_WAITS)), f"{voice.number(queue.oldest_ready_s)} s")
    return _section(voice.say("Jobs"), [*facts, waits])


def _kinds(voice: Voice, figures: Figures) -> str:
    waits = figures.queue.oldest_ready_by_name_s

    def said(name: str, count: int) -> str:
        number = voice.number(count)
        return voice.say(_OLDEST_WAITS, count=number, seconds=voice.number(waits[name])) if name in waits else number

    kinds = sorted(figures.queue.by_name.items(), key=lambda each: (-waits.get(each[0], 0.0), each[0]))
    return _section(voice.say(_JOBS_BY_KIND), [(escape(name), escape(said(name, count))) for name, count in kinds])


def _things(voice: Voice, desk: Desk, name: str, states: Mapping[str, int]) -> str:
    known = desk.lists.get(name)
    title = voice.say(_THINGS[name] if known is None else known.title)
    facts = [(_to_list(name, state, known), voice.number(count)) for state, count in sorted(states.items())]
    return _section(title, facts or [(escape(voice.say(_NOTHING)), "")])


def _to_list(name: str, state: str, listing: OpsList | None) -> str:
    if listing is None or state not in listing.states:
        return escape(state)
    return f'<a href="{OPS}/lists/{name}?{escape(urlencode({"state": state}))}">{escape(state)}</a>'


def _tokens(voice: Voice, figures: Figures) -> str:
    done = [(escape(name), voice.number(count)) for name, count in sorted(figures.token_operations.items())]
    return _section(voice.say("Tokens, in the last hour"), done)


def _notes(voice: Voice, notes: Iterable[Note]) -> str:
    rows = "".join(
        f'<dt class="wide">{escape(voice.say(note.heading))}</dt><dd class="wide">{escape(note.said)}</dd>'
        for note in notes
    )
    return f"<section><h2>{escape(voice.say(_IN_WORDS))}</h2><dl>{rows}</dl></section>" if rows else ""


def moment(at: datetime | None) -> str:
    """`2026-06-13 06:00:00`, in UTC."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
