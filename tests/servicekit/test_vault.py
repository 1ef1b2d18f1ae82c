from __future__ import annotations

import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from servicekit.base.vault import KeyMissing, SealBroken, Vault, generate_setting, key_id_of

OLD, NEW = generate_setting("old"), generate_setting("new")
VAULT = Vault.from_setting(f"{NEW},{OLD}")
SEALED = VAULT.seal("refresh-token-canary", subject="athlete:7", purpose="refresh")
PREFIX = SEALED[: SEALED.rindex(".") + 1]


@given(plaintext=st.text(), subject=st.text(), purpose=st.text())
def test_what_was_sealed_opens_for_the_same_subject_and_purpose(plaintext: str, subject: str, purpose: str) -> None:
    assume(not any("\ud800" <= character <= "\udfff" for character in plaintext + subject + purpose))
    sealed = VAULT.seal(plaintext, subject=subject, purpose=purpose)
    assert VAULT.open(sealed, subject=subject, purpose=purpose) == plaintext


@given(subject=st.text(alphabet=st.characters(codec="utf-8")), purpose=st.text(alphabet=st.characters(codec="utf-8")))
def test_it_opens_for_no_other_subject_or_purpose(subject: str, purpose: str) -> None:
    assume((subject, purpose) != ("athlete:7", "refresh"))
    with pytest.raises(SealBroken):
        VAULT.open(SEALED, subject=subject, purpose=purpose)


def test_subject_and_purpose_cannot_be_shifted_into_each_other() -> None:
    sealed = VAULT.seal("x", subject="ab", purpose="c")
    with pytest.raises(SealBroken):
        VAULT.open(sealed, subject="a", purpose="bc")


@settings(max_examples=3000, deadline=None)
@given(position=st.integers(0, len(SEALED) - 1), character=st.characters(codec="utf-8"))
def test_no_changed_character_is_accepted(position: int, character: str) -> None:
    changed = SEALED[:position] + character + SEALED[position + 1 :]
    assume(changed != SEALED)
    with pytest.raises(SealBroken):
        VAULT.open(changed, subject="athlete:7", purpose="refresh")


def test_no_changed_character_of_the_alphabet_is_accepted_anywhere() -> None:
    for position in range(len(SEALED)):
        for character in "ABCwxyz0189-_.=+/":
            changed = SEALED[:position] + character + SEALED[position + 1 :]
            if changed != SEALED:
                with pytest.raises(SealBroken):
                    VAULT.open(changed, subject="athlete:7", purpose="refresh")


@given(st.integers(0, len(SEALED)), st.text(max_size=5))
def test_no_cut_or_grown_seal_is_accepted(length: int, tail: str) -> None:
    changed = SEALED[:length] + tail
    assume(changed != SEALED)
    with pytest.raises(SealBroken):
        VAULT.open(changed, subject="athlete:7", purpose="refresh")


@given(st.text())
def test_arbitrary_text_is_no_seal(text: str) -> None:
    for attempt in (text, PREFIX + text):
        with pytest.raises(SealBroken):
            VAULT.open(attempt, subject="athlete:7", purpose="refresh")


def test_what_stands_inside_a_seal_must_agree_with_its_outside() -> None:
    cipher = AESGCM(base64.b64decode(NEW.split(":")[1]))
    outside = msgspec.json.encode(["v1", "new", "athlete:7", "refresh"])

    def forged(*inside: str) -> str:
        body = bytes(12) + cipher.encrypt(bytes(12), msgspec.json.encode(inside), outside)
        return PREFIX + base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    good = forged("new", "athlete:7", "refresh", "x")
    assert VAULT.open(good, subject="athlete:7", purpose="refresh") == "x"
    for inside in (("old", "athlete:7", "refresh", "x"), ("new", "athlete:8", "refresh", "x"), ("new", "x"), ()):
        with pytest.raises(SealBroken):
            VAULT.open(forged(*inside), subject="athlete:7", purpose="refresh")


def test_two_seals_of_one_secret_differ() -> None:
    assert VAULT.seal("x", subject="s", purpose="p") != VAULT.seal("x", subject="s", purpose="p")


def test_a_seal_tells_its_key_and_hides_its_content() -> None:
    assert key_id_of(SEALED) == "new"
    assert SEALED.startswith("v1.new.")
    assert len(PREFIX) == len("v1.new.01234567.")
    assert "canary" not in SEALED


def test_rotation_keeps_old_seals_open_until_the_old_key_goes() -> None:
    before = Vault.from_setting(OLD)
    sealed = before.seal("x", subject="s", purpose="p")
    assert VAULT.needs_rewrap(sealed)
    rewrapped = VAULT.rewrap(sealed, subject="s", purpose="p")
    assert not VAULT.needs_rewrap(rewrapped)
    after = Vault.from_setting(NEW)
    assert after.open(rewrapped, subject="s", purpose="p") == "x"
    with pytest.raises(SealBroken):
        after.open(sealed, subject="s", purpose="p")


def test_a_key_under_anothers_id_does_not_open() -> None:
    """And is told apart from a text that was changed: the setting is wrong, not the database."""
    swapped = Vault.from_setting(f"new:{OLD.split(':')[1]}")
    with pytest.raises(KeyMissing):
        swapped.open(SEALED, subject="athlete:7", purpose="refresh")


def test_neither_repr_nor_errors_hold_keys_or_texts() -> None:
    with pytest.raises(SealBroken) as caught:
        VAULT.open(SEALED, subject="canary", purpose="refresh")
    assert "canary" not in repr(caught.value)
    assert NEW.split(":")[1] not in repr(VAULT)
    assert "new" in repr(VAULT)


@pytest.mark.parametrize(
    "text", ["", "x", "a:canary", ":" + NEW.split(":")[1], f"{NEW},{NEW}", f"{NEW},", "a b:" + NEW.split(":")[1]]
)
def test_a_malformed_setting_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Vault.from_setting(text)
    assert "canary" not in str(caught.value)
    assert NEW.split(":")[1] not in str(caught.value)
