"""Who has authorised the application, with which tokens: the simulator's truth about OAuth."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from simulators.strava.application.refusals import Refusal, bad_request
from simulators.strava.application.switches import Switches
from simulators.strava.store import Drawer, Store

TOKEN_LIFE_S = 21_600
SAME_TOKEN_ABOVE_S = 3_600
CODE_LIFE_S = 600
SCOPES = {
    "read": "View data about your public profile (required)",
    "read_all": "View your private routes and segments",
    "profile:read_all": "View your complete profile",
    "profile:write": "Change your profile",
    "activity:read": "View your activities",
    "activity:read_all": "View your Only Me activities and privacy zones too",
    "activity:write": "Upload activities",
}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token; it works until it expires, even after a newer one was given out."""

    token: str = field(repr=False)
    athlete_id: int
    scopes: frozenset[str]
    expires_at: int


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint gives back."""

    access: AccessToken
    refresh_token: str = field(repr=False)
    new_access: bool


@dataclass
class Authorization:
    """One athlete's consent: the newest tokens and the refresh tokens that still work, with the time they stop."""

    athlete_id: int
    scopes: tuple[str, ...]
    access: list[AccessToken] = field(default_factory=list)
    refresh_token: str | None = field(default=None, repr=False)
    older_refresh: dict[str, float] = field(default_factory=dict, repr=False)

    def accepts(self, refresh_token: str, now_s: float) -> bool:
        return refresh_token == self.refresh_token or self.older_refresh.get(refresh_token, 0.0) > now_s


@dataclass(frozen=True, slots=True)
class _Code:
    athlete_id: int
    expires_at: float
    refused: bool = False


class Authorizations:
    """Codes, token families and revocations, by the rules of Strava's authentication page."""

    def __init__(
        self,
        switches: Switches,
        store: Store,
        *,
        on_revoked: Callable[[int], None] = lambda _athlete_id: None,
        new_token: Callable[[], str] = lambda: secrets.token_hex(20),
    ) -> None:
        self._switches = switches
        self._new_token = new_token
        self._on_revoked = on_revoked
        self._of_athlete = Drawer[int, Authorization](store, "authorization", Authorization)
        self._codes = Drawer[str, _Code](store, "code", _Code)
        self._access = Drawer[str, AccessToken](store, "access", AccessToken)

    def __iter__(self) -> Iterator[Authorization]:
        return iter(tuple(self._of_athlete.values()))

    def of(self, athlete_id: int) -> Authorization | None:
        return self._of_athlete.get(athlete_id)

    def has_room_for(self, athlete_id: int) -> bool:
        return athlete_id in self._of_athlete or len(self._of_athlete) < self._switches.athlete_capacity

    def consent(self, athlete_id: int, scopes: tuple[str, ...], now_s: float) -> str:
        """A code for this athlete, good once and for ten minutes; the consent replaces an earlier one's scopes.

        When the application is full the code is one that the token endpoint will refuse.
        """
        full = not self.has_room_for(athlete_id)
        if not full:
            authorization = self._of_athlete.get(athlete_id) or Authorization(athlete_id, scopes)
            authorization.scopes = scopes
            self._of_athlete[athlete_id] = authorization
        code = self._new_token()
        self._codes[code] = _Code(athlete_id, now_s + CODE_LIFE_S, refused=full)
        return code

    def exchange(self, code: str, now_s: float) -> TokenAnswer:
        """Tokens for a code. Raises the AuthorizationCode refusal for an unknown, used or expired one.

        A code given although the application was full raises 403.
        """
        found = self._codes.pop(code, None)
        if found is not None and found.refused:
            raise Refusal(403, "Forbidden", "Application", "athletes", "limit exceeded")
        authorization = None if found is None else self._of_athlete.get(found.athlete_id)
        if found is None or authorization is None or found.expires_at <= now_s:
            raise bad_request("AuthorizationCode", "code")
        return self._issue(authorization, now_s)

    def refresh(self, refresh_token: str, now_s: float) -> TokenAnswer:
        """The same access token while more than an hour of it is left, else a new one.

        Raises the RefreshToken refusal for a rotated or revoked refresh token.
        """
        authorization = next((a for a in self if a.accepts(refresh_token, now_s)), None)
        if authorization is None or authorization.refresh_token is None:
            raise bad_request("RefreshToken", "refresh_token")
        newest = authorization.access[-1]
        if newest.expires_at - now_s > SAME_TOKEN_ABOVE_S:
            return TokenAnswer(newest, authorization.refresh_token, new_access=False)
        return self._issue(authorization, now_s)

    def find_access(self, token: str, now_s: float) -> tuple[AccessToken | None, bool]:
        """The living token, and whether the string was ever one of this application's tokens."""
        found = self._access.get(token)
        if found is None:
            return None, False
        authorization = self._of_athlete.get(found.athlete_id)
        alive = authorization is not None and found in authorization.access and found.expires_at > now_s
        return (found if alive else None), True

    def revoke_token(self, token: str, now_s: float, *, tell: bool = True) -> int | None:
        """End the consent that this access or refresh token belongs to; the athlete's id, None for an unknown token."""
        for authorization in self:
            if authorization.accepts(token, now_s) or any(token == a.token for a in authorization.access):
                return self.revoke_athlete(authorization.athlete_id, tell=tell)
        return None

    def revoke_athlete(self, athlete_id: int, *, tell: bool = True) -> int | None:
        """End this athlete's consent; all its tokens and codes are dead at once, and the application is told."""
        for code, given in tuple(self._codes.items()):
            if given.athlete_id == athlete_id:
                del self._codes[code]
        if self._of_athlete.pop(athlete_id, None) is None:
            return None
        if tell:
            self._on_revoked(athlete_id)
        return athlete_id

    def expire_access(self, athlete_id: int, now_s: float, *, left_s: float = 0.0) -> None:
        """Leave every access token of this athlete at most `left_s` seconds to live."""
        authorization = self._of_athlete.get(athlete_id)
        if authorization is None:
            return
        limit = int(now_s + left_s)
        authorization.access = [replace(a, expires_at=min(a.expires_at, limit)) for a in authorization.access]
        self._of_athlete[athlete_id] = authorization
        self._access.update({a.token: a for a in authorization.access})

    def _issue(self, authorization: Authorization, now_s: float) -> TokenAnswer:
        expires_at = int(now_s) + TOKEN_LIFE_S
        access = AccessToken(self._new_token(), authorization.athlete_id, frozenset(authorization.scopes), expires_at)
        authorization.access = [a for a in authorization.access if a.expires_at > now_s] + [access]
        self._access[access.token] = access
        self._rotate(authorization, now_s)
        self._of_athlete[authorization.athlete_id] = authorization
        return TokenAnswer(access, authorization.refresh_token or "", new_access=True)

    def _rotate(self, authorization: Authorization, now_s: float) -> None:
        previous, rotation = authorization.refresh_token, self._switches.rotation
        if previous is not None and rotation == "stable":
            return
        if previous is not None and rotation == "grace":
            authorization.older_refresh[previous] = now_s + self._switches.grace_s
        elif rotation == "strict":
            authorization.older_refresh.clear()
        authorization.refresh_token = self._new_token()


def parse_scopes(text: str) -> tuple[str, ...]:
    """The requested scopes, comma or space separated, each once. Raises the Authorize refusal for an unknown one."""
    scopes = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if not scopes or any(scope not in SCOPES for scope in scopes):
        raise bad_request("Authorize", "requested scope")
    return scopes
