"""The token rules under any sequence of refreshes, waits, consents and revocations."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulators.strava.application.authorizations import Authorizations, TokenAnswer
from simulators.strava.application.refusals import Refusal
from simulators.strava.application.switches import RotationMode, Switches
from simulators.strava.store import Store

ATHLETE = 7


class TokenFamily(RuleBasedStateMachine):
    """A model that remembers every token ever given, next to the real one."""

    @initialize(rotation=st.sampled_from(["stable", "grace", "strict"]))
    def connect(self, rotation: RotationMode) -> None:
        numbers = itertools.count()
        self.now_s = 1_000_000.0
        self.switches = Switches(rotation=rotation, grace_s=300, athlete_capacity=1)
        self.real = Authorizations(self.switches, Store(), new_token=lambda: f"{next(numbers):040x}")
        self.given: list[TokenAnswer] = []
        self.retired: dict[str, float] = {}
        self.connected = False
        self.consent()

    @rule()
    def consent(self) -> None:
        if self.connected:
            return
        code = self.real.consent(ATHLETE, ("read",), self.now_s)
        self.given = [self.real.exchange(code, self.now_s)]
        self.retired = {}
        self.connected = True

    @rule(seconds=st.sampled_from([1.0, 250.0, 301.0, 3_599.0, 3_600.0, 18_000.0, 21_600.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def refresh_with_the_newest(self) -> None:
        if not self.connected:
            return
        newest = self.given[-1]
        answer = self.real.refresh(newest.refresh_token, self.now_s)
        if newest.access.expires_at - self.now_s > 3_600:
            assert answer.access == newest.access
            assert answer.refresh_token == newest.refresh_token
            return
        assert answer.access.expires_at == int(self.now_s) + 21_600
        assert (answer.refresh_token == newest.refresh_token) == (self.switches.rotation == "stable")
        if answer.refresh_token != newest.refresh_token:
            self.retired[newest.refresh_token] = self.now_s
        self.given.append(answer)

    @rule()
    def revoke(self) -> None:
        self.real.revoke_athlete(ATHLETE)
        self.connected = False

    @invariant()
    def access_tokens_live_exactly_until_they_expire_or_are_revoked(self) -> None:
        for answer in self.given:
            alive, known = self.real.find_access(answer.access.token, self.now_s)
            assert known
            assert (alive is not None) == (self.connected and answer.access.expires_at > self.now_s)

    @invariant()
    def retired_refresh_tokens_are_dead_outside_their_grace(self) -> None:
        authorization = self.real.of(ATHLETE)
        for token, since in self.retired.items():
            in_grace = self.switches.rotation == "grace" and self.now_s < since + 300
            accepted = authorization is not None and authorization.accepts(token, self.now_s)
            assert accepted == (in_grace and self.connected)

    @invariant()
    def a_revoked_family_refuses_its_newest_token(self) -> None:
        if self.connected:
            return
        with pytest.raises(Refusal, match="RefreshToken"):
            self.real.refresh(self.given[-1].refresh_token, self.now_s)


TestTokenFamily = TokenFamily.TestCase
TestTokenFamily.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
