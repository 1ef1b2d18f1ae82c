"""The bot's words about partners and pace groups."""

from __future__ import annotations

from html import escape
from typing import Final

from kernel.contracts.club import Band, ClubGroup, GroupList, Hint, MatchList
from languages.voice import Voice, mark

_BANDS: Final[dict[Band, str]] = {
    "very_close": mark("Very close"),
    "close": mark("Close"),
    "a_stretch": mark("A stretch"),
}
_HINTS: Final[dict[Hint, str]] = {
    "holds_together": mark("holds together"),
    "wait_on_slopes": mark("has to wait on slopes"),
    "wait_often": mark("has to wait often"),
}
_HIDDEN: Final[dict[str | None, str]] = {
    "private_source": mark(
        "What I know of you comes from Strava, whose terms let nobody else see it. "
        "Send me your outings as files, or the export of your Strava account, and you can be found."
    ),
    "no_profile": mark(
        "I know nothing of how you go yet. Send me some of your outings as files, and you can be found."
    ),
}
_OTHERWISE: Final = mark("What I know of you may not be shown to others. Send me your outings as files.")


def hidden_because(reason: str | None, voice: Voice) -> str:
    """Why others cannot be told of somebody, and what helps."""
    return voice.say(_HIDDEN.get(reason, _OTHERWISE))


def match_lines(matches: MatchList, voice: Voice) -> list[str]:
    """Names by their band, the closest first; safe in Telegram's HTML."""
    if not matches.matches:
        return [voice.say("Nobody who can be found suits you on this course yet.")]
    lines = []
    for band, said in _BANDS.items():
        names = [each.name for each in matches.matches if each.band == band]
        if names:
            lines.append(f"{voice.say(said)}: {_listed(names)}")
    return lines


def group_lines(groups: GroupList, voice: Voice, *, in_group: bool) -> list[str]:
    """Who is in which group, the fastest first, and a word for who leads it: no pace, no time, of nobody.

    In our own chat it also says which one is theirs, or why none is.
    """
    lines = [voice.say("Pace groups, the fastest first:")]
    lines += [_group_line(group, voice, mine=group.yours and not in_group) for group in groups.groups]
    if not in_group and groups.advice is not None:
        lines += ["", hidden_because(groups.reason, voice)]
    return lines


def _group_line(group: ClubGroup, voice: Voice, *, mine: bool) -> str:
    line = f"<b>{voice.number(group.position)}</b> · {_listed(group.names)} ({voice.say(_HINTS[group.hint])})"
    yours = voice.say("yours")
    return f"{line} ← {yours}" if mine else line


def _listed(names: list[str]) -> str:
    return ", ".join(escape(name) for name in names)
