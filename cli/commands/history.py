"""`ayda history`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args

import click
import msgspec

from cli import options
from cli.console import out, print_json
from cli.failure import Refused
from cli.history import Past, read_past
from cli.show.history import grouped, outing_on_wire, show_history, warnings_of
from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Profile
from kernel.forecast.profile import describe_profile
from kernel.pace import KIND_OF_MODE
from languages.voice import Voice
from servicekit.base.clock import utc_now

_NOBODY: Final = "1"
_USUALLY: Final[SportTag] = "run"
_DAY_S: Final = 86_400.0
_FIELDS_OF_MEMBERS: Final = ("telegram_id", "shareable", "has_profile", "reason")


@click.command("history")
@click.argument("paths", type=options.FILE, nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--sport",
    type=click.Choice(get_args(SportTag)),
    help="What files are that do not say; run where their movement can only have been on foot, unless given.",
)
@options.picture_option("Draw the pace at each gradient.")
@options.as_json
@options.lang
@click.pass_context
def command(
    ctx: click.Context, /, *, paths: tuple[Path, ...], sport: SportTag | None, picture: Path | None, as_json: bool
) -> None:
    """What your past activities say. PATH is a file, a folder or a Strava export ZIP."""
    voice = options.voice_of(ctx)
    past = read_past(paths, sport or _USUALLY, trusted=sport is not None)
    profiles = profiles_of(past, utc_now())
    if picture is not None:
        _draw(profiles, picture, voice)
    if as_json:
        print_json(_on_wire(past, profiles))
    else:
        show_history(out(), past, profiles, voice)


def profiles_of(past: Past, now: datetime) -> list[Profile]:
    """The profile of each kind of movement there is one for, the better known first."""
    described = [
        describe_profile(past.features, mode, telegram_id=_NOBODY, updated_at=now, today_day=now.timestamp() // _DAY_S)
        for mode in get_args(Mode)
    ]
    known = [profile for profile in described if profile.has_profile]
    return sorted(known, key=lambda profile: -(profile.total_activities or 0))


def _draw(profiles: list[Profile], picture: Path, voice: Voice) -> None:
    from cli.draw.canvas import save  # noqa: PLC0415 - matplotlib takes half a second to load
    from cli.draw.curve import curve_sheet  # noqa: PLC0415

    if not profiles:
        raise Refused("no_profile", "There is no activity to draw a pace from.")
    save(curve_sheet(profiles[0], voice), picture)


def _on_wire(past: Past, profiles: list[Profile]) -> dict[str, Any]:
    """What the terminal shows, as one object; a profile without the fields that speak of club members."""
    shown = [{k: v for k, v in msgspec.to_builtins(p).items() if k not in _FIELDS_OF_MEMBERS} for p in profiles]
    finer = [{**profile, "total_km": _km(past, profile["type"])} for profile in shown]
    return {
        "read": len(past.outings),
        "outings": [outing_on_wire(one) for one in past.outings],
        "left_out": [{"file": one.name, "code": one.code, "message": one.sentence} for one in past.dropped],
        "dropped": grouped(past.dropped),
        "warnings": warnings_of(past, Voice()),
        "profiles": finer,
    }


def _km(past: Past, mode: Mode) -> float:
    """To 100 m: a terminal is asked about a handful of files, where whole kilometres say little."""
    return round(sum(f.km for f in past.features if f.usable and f.kind == KIND_OF_MODE[mode]), 1)
