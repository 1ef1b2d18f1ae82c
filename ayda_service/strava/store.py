"""SQL about Strava connections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ayda_service.members.models import Member
from ayda_service.strava.models import Handover, OAuthState, SeenCode, StravaToken
from servicekit.data.one_of import one_of
from servicekit.data.rows import take_turn
from servicekit.data.upsert import insert_if_absent
from servicekit.strava.consents import STATE_LIFE, digest_of
from servicekit.strava.revocations.store import ENDED_COLUMNS, EndedTokens
from servicekit.strava.tokens.seals import StoredTokens
from servicekit.strava.tokens.store import stored_tokens

MOST_UNDER_WAY: Final = 20
"""Authorizations of one member that are under way, and secrets that they carry: the newest ones."""
_ENDED = tuple(getattr(StravaToken, name) for name in ENDED_COLUMNS)

_MEMBERS, _TOKENS = Member.__table__, StravaToken.__table__
_STORED: Final = ("athlete_id", "scope", "state", "access_sealed", "refresh_sealed", "expires_at_s", "obtained_at_s")
# made once and without the mapper: each hand-out asks it
_CONNECTED: Final = (
    select(_MEMBERS.c.telegram_id, *(_TOKENS.c[name] for name in _STORED))
    .join_from(_MEMBERS, _TOKENS)
    .where(one_of(_MEMBERS.c.telegram_id, "telegram_ids"))
    # keeps out who deletes a row, and not who refreshes its tokens
    .with_for_update(of=_TOKENS, read=True, key_share=True)
)


@dataclass(frozen=True, slots=True)
class TakenState:
    """Whose authorization it was, and what speaks against going on with it."""

    telegram_id: int
    begun_at: datetime
    in_telegram: bool = False
    reused: bool = False
    other_browser: bool = False
    again: bool = False
    """It was used before, by this browser with this code: nothing but how that ended is wanted."""


class ConnectionStore:
    """Connections inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_state(
        self, state: str, telegram_id: int, *, browser: str, in_telegram: bool, now: datetime, expires_at: datetime
    ) -> None:
        """Remembers an authorization under way in this browser, and forgets those that have expired."""
        self._session.execute(delete(OAuthState).where(OAuthState.expires_at <= now))
        row = {"digest": digest_of(state), "browser_digest": digest_of(browser), "telegram_id": telegram_id}
        self._session.add(OAuthState(**row, in_telegram=in_telegram, expires_at=expires_at, used_at=None))
        self._session.flush()
        mine = select(OAuthState.digest).where(OAuthState.telegram_id == telegram_id)
        older = mine.order_by(OAuthState.expires_at.desc()).offset(MOST_UNDER_WAY)
        self._session.execute(delete(OAuthState).where(OAuthState.digest.in_(older)))

    def take_state(self, state: str, browser: str, code: str | None, now: datetime) -> TakenState | None:
        """What the state was made for; None when it is unknown or expired. Taking uses it up, in whatever browser."""
        key, code_digest = OAuthState.digest == digest_of(state), None if code is None else digest_of(code)
        take = update(OAuthState).where(key, OAuthState.used_at.is_(None))
        take = take.values(used_at=now, code_digest=code_digest)
        taken = take.returning(
            OAuthState.telegram_id, OAuthState.expires_at, OAuthState.browser_digest, OAuthState.in_telegram
        )
        row = self._session.execute(taken).one_or_none()
        if row is None:
            used = self._session.scalars(select(OAuthState).where(key)).one_or_none()
            return None if used is None else _taken_again(used, browser, code_digest, now)
        if row.expires_at <= now:
            return None
        elsewhere = row.browser_digest != digest_of(browser)
        begun_at = row.expires_at - STATE_LIFE
        return TakenState(row.telegram_id, begun_at, in_telegram=row.in_telegram, other_browser=elsewhere)

    def settle_state(self, state_digest: str, now: datetime) -> None:
        """The authorization ended in a connection."""
        mine = update(OAuthState).where(OAuthState.digest == state_digest)
        self._session.execute(mine.values(connected_at=now))

    def has_connected(self, state_digest: str) -> bool:
        """Whether the authorization ended in a connection, and its member is connected still."""
        lives = select(StravaToken.athlete_id).join(Member).where(Member.telegram_id == OAuthState.telegram_id)
        ended = select(OAuthState.digest).where(
            OAuthState.digest == state_digest, OAuthState.connected_at.is_not(None), lives.exists()
        )
        return self._session.execute(ended).first() is not None

    def first_sight(self, code: str, *, now: datetime, expires_at: datetime) -> bool:
        """Whether this code has come back for the first time; remembered until `expires_at`."""
        self._session.execute(delete(SeenCode).where(SeenCode.expires_at <= now))
        return insert_if_absent(self._session, SeenCode, {"digest": digest_of(code), "expires_at": expires_at})

    def of_telegram_id(self, telegram_id: int) -> StravaToken | None:
        """The member's connection."""
        return self._session.scalars(
            select(StravaToken).join(Member).where(Member.telegram_id == telegram_id)
        ).one_or_none()

    def telegram_id_of(self, athlete_id: int) -> int | None:
        """The member who is this athlete."""
        held = select(Member.telegram_id).join(StravaToken).where(StravaToken.athlete_id == athlete_id)
        return self._session.scalars(held).one_or_none()

    def is_held(self, athlete_id: int) -> bool:
        """Whether somebody is connected with this athlete; it stays so until the transaction ends."""
        held = select(StravaToken.athlete_id).where(StravaToken.athlete_id == athlete_id)
        return self._session.execute(held.with_for_update(read=True, key_share=True)).first() is not None

    def of_athlete(self, athlete_id: int) -> StravaToken | None:
        """The athlete's connection."""
        return self._session.get(StravaToken, athlete_id)

    def end_refused(self, athlete_id: int) -> bool:
        """Deletes the tokens of an athlete whom Strava refused; False when they have connected again meanwhile."""
        dead = delete(StravaToken).where(StravaToken.athlete_id == athlete_id, StravaToken.state == "reauth_required")
        return self._session.execute(dead.returning(StravaToken.athlete_id)).first() is not None

    def holder(self, athlete_id: int) -> StravaToken | None:
        """The connection of an athlete; nobody else connects this athlete until the transaction ends."""
        # a row lock would not keep out a second member while there is no row yet
        take_turn(self._session, f"athlete:{athlete_id}")
        held = select(StravaToken).where(StravaToken.athlete_id == athlete_id).with_for_update()
        return self._session.scalars(held).one_or_none()

    def held_by(self, telegram_id: int) -> tuple[UUID, EndedTokens] | None:
        """The member and their tokens, which nobody refreshes or hands out until the transaction ends."""
        held = select(StravaToken.member_id, *_ENDED).join(Member).where(Member.telegram_id == telegram_id)
        row = self._session.execute(held.with_for_update(of=StravaToken)).one_or_none()
        return None if row is None else (row.member_id, EndedTokens.of(row))

    def connected(self, telegram_ids: Collection[int]) -> dict[int, tuple[int, StoredTokens]]:
        """Athlete and tokens of each of these who is connected; they stay so until the transaction ends."""
        rows = self._session.execute(_CONNECTED, {"telegram_ids": list(telegram_ids)})
        return {row.telegram_id: (row.athlete_id, stored_tokens(row)) for row in rows}

    def link(self, member_id: UUID, athlete_id: int, columns: dict[str, Any], now: datetime) -> EndedTokens | None:
        """Stores the connection in place of the member's former one. A refresh under way is fenced off.

        The tokens of another athlete that the member has left, if there was one.
        """
        former = delete(StravaToken).where(StravaToken.member_id == member_id, StravaToken.athlete_id != athlete_id)
        left = self._session.execute(former.returning(*_ENDED)).one_or_none()
        fresh = {"updated_at": now, **columns}
        again = update(StravaToken).where(StravaToken.athlete_id == athlete_id)
        bumped = again.values(fence=StravaToken.fence + 1, **fresh)
        known = self._session.execute(bumped.returning(StravaToken.athlete_id)).one_or_none()
        if known is None:
            first = {"athlete_id": athlete_id, "member_id": member_id, "fence": 0}
            self._session.execute(insert(StravaToken).values(**first, **fresh))
        return None if left is None else EndedTokens.of(left)


def _taken_again(used: OAuthState, browser: str, code_digest: str | None, now: datetime) -> TakenState:
    same = used.browser_digest == digest_of(browser) and used.code_digest == code_digest
    begun_at, again = used.expires_at - STATE_LIFE, same and used.expires_at > now
    return TakenState(used.telegram_id, begun_at, in_telegram=used.in_telegram, reused=True, again=again)


class HandoverStore:
    """Handovers inside the caller's transaction; of each secret only the digest is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, secret: str, telegram_id: int, sealed: str, *, now: datetime, expires_at: datetime) -> None:
        """Keeps what a secret stands for, and forgets those that have expired."""
        self._session.execute(delete(Handover).where(Handover.expires_at <= now))
        row = {"digest": digest_of(secret), "telegram_id": telegram_id, "content_sealed": sealed}
        self._session.add(Handover(**row, expires_at=expires_at))
        self._session.flush()
        mine = select(Handover.digest).where(Handover.telegram_id == telegram_id)
        older = mine.order_by(Handover.expires_at.desc()).offset(MOST_UNDER_WAY)
        self._session.execute(delete(Handover).where(Handover.digest.in_(older)))

    def take(self, secret: str, now: datetime) -> tuple[int, str] | None:
        """Who the secret was given to and what it stands for, once; None when it is unknown or expired."""
        take = delete(Handover).where(Handover.digest == digest_of(secret))
        taken = take.returning(Handover.telegram_id, Handover.content_sealed, Handover.expires_at)
        row = self._session.execute(taken).one_or_none()
        return None if row is None or row.expires_at <= now else (row.telegram_id, row.content_sealed)
