"""The few HTML pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from simulators.strava.application.authorizations import SCOPES, Authorizations
from simulators.strava.world.athlete import Athlete

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}code,pre{background:#f4f4f4;padding:.1rem .3rem}"
    "fieldset{margin:1rem 0;border:1px solid #ccc}label{display:block}.note{color:#666}"
)
_CARRIED = ("client_id", "redirect_uri", "response_type", "scope", "state", "approval_prompt")


def page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>'


def consent_page(
    athletes: Sequence[Athlete], asked: Mapping[str, str], scopes: Sequence[str], *, full: Authorizations
) -> str:
    """The page on which a person picks an athlete and unticks scopes; it posts to the same path."""
    if not athletes:
        return page("No athletes", "<h1>No athletes yet</h1><p>Create one with <code>POST /_sim/athletes</code>.</p>")
    carried = "".join(
        f'<input type="hidden" name="{name}" value="{escape(asked[name])}">' for name in _CARRIED if name in asked
    )
    people = "".join(_athlete_choice(athlete, full, first=i == 0) for i, athlete in enumerate(athletes))
    boxes = "".join(_scope_choice(scope) for scope in scopes)
    return page(
        "Authorize",
        '<h1>Authorize the application</h1><p class="note">This is a simulated Strava; nothing leaves this machine.</p>'
        f'<form method="post" action="/oauth/authorize">{carried}'
        f"<fieldset><legend>Log in as</legend>{people}</fieldset>"
        f"<fieldset><legend>The application will be able to</legend>{boxes}</fieldset>"
        '<button name="decision" value="allow">Authorize</button>'
        '<button name="decision" value="deny">Cancel</button></form>',
    )


def _athlete_choice(athlete: Athlete, authorizations: Authorizations, *, first: bool) -> str:
    known = " (already connected)" if authorizations.of(athlete.id) else ""
    return (
        f'<label><input type="radio" name="athlete_id" value="{athlete.id}"{" checked" if first else ""}> '
        f"{escape(athlete.firstname)} {escape(athlete.lastname)}, {athlete.level}{known}</label>"
    )


def _scope_choice(scope: str) -> str:
    fixed = " disabled" if scope == "read" else ""
    return (
        f'<label><input type="checkbox" name="granted" value="{escape(scope)}" checked{fixed}> '
        f"{escape(SCOPES[scope])} <code>{escape(scope)}</code></label>"
    )


def capacity_page() -> str:
    return page("Error 403", "<h1>Error 403</h1><p>Limit of connected athletes exceeded</p>")
