from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicekit.web.api_keys import ApiKeys, InternalApiNotConfigured

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = ApiKeys.parse("new:Alpha-secret-1, old:Beta-secret-2@2026-07-01T00:00:00+00:00")


def test_each_active_key_is_accepted_under_its_id_until_it_expires() -> None:
    assert KEYS.verify("Alpha-secret-1", NOW) == "new"
    assert KEYS.verify("Beta-secret-2", NOW) == "old"
    assert KEYS.verify("Beta-secret-2", NOW + timedelta(days=30)) is None
    assert KEYS.verify("Alpha-secret-1", NOW + timedelta(days=30)) == "new"


@given(st.text())
@example("")
@example("Alpha-secret-")
@example("Alpha-secret-11")
@example("alpha-secret-1")
@example("new:Alpha-secret-1")
@example("Alpha-secret-1\x00")
@example("\ud800")
@example("Älpha")
def test_nothing_else_is_accepted(presented: str) -> None:
    if presented not in {"Alpha-secret-1", "Beta-secret-2"}:
        assert KEYS.verify(presented, NOW) is None
        assert ApiKeys().verify(presented, NOW) is None


def test_nothing_presented_is_not_accepted() -> None:
    assert KEYS.verify(None, NOW) is None


def test_every_key_is_compared_whichever_was_presented(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    compare_digest = hmac.compare_digest

    def counting(left: bytes, right: bytes) -> bool:
        compared.append(len(left))
        return compare_digest(left, right)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    for presented in ("Alpha-secret-1", "Beta-secret-2", "wrong", "", None):
        compared.clear()
        KEYS.verify(presented, NOW)
        assert compared == [32, 32]


def test_the_first_key_that_has_not_expired_is_sent() -> None:
    keys = ApiKeys.parse("a:one@2026-01-01,b:two,c:three")
    assert keys.sending(NOW).reveal() == "two"
    assert keys.sending(datetime(2025, 1, 1, tzinfo=UTC)).reveal() == "one"
    with pytest.raises(InternalApiNotConfigured):
        ApiKeys().sending(NOW)


def test_a_bare_secret_is_one_key() -> None:
    keys = ApiKeys.parse("just-a-secret@home")
    assert keys.verify("just-a-secret@home", NOW) == "default"


def test_no_text_is_no_key() -> None:
    assert not ApiKeys.parse("  ")


@pytest.mark.parametrize(
    "text",
    ["a:canary,a:canary2", "a:canary@soon", "a:", ":canary", "a:can ary", "a:canáry", "canary,canary", "a b:canary"],
)
def test_a_malformed_setting_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        ApiKeys.parse(text)
    assert "can" not in str(caught.value)


def test_keys_do_not_show_their_secrets() -> None:
    assert "Alpha" not in repr(KEYS)
    assert KEYS.keys[0].digest.hex() not in repr(KEYS)
