from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.webhooks import BadEvent, is_signed, parse_event, path_secret, sign

T = 1_700_000_000
SHORT = b'{"a":1}'
LONG = (
    b'{"aspect_type":"create","event_time":1516126040,"object_id":1360128428,"object_type":"activity",'
    b'"owner_id":134815,"subscription_id":120475,"updates":{}}'
)
VECTORS = [
    (SHORT, "8dbbbbf4523b10bbb793e74d854144c45acccc2d233667b1c06b805b6ded8a84"),
    (LONG, "1fb84646b10923f8db7086f582abc87c5e2c059456c6eff0ff8b643eb9b72f8a"),
]


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_the_known_signatures_are_made_and_accepted(body: bytes, digest: str):
    assert sign("s3cr3t", body, T) == f"t={T},v1={digest}"
    assert is_signed(f"t={T},v1={digest}", body, ["s3cr3t"], T)


def test_any_of_several_secrets_and_any_of_several_signatures_will_do():
    old, new = sign("old", SHORT, T), sign("new", SHORT, T)
    assert is_signed(old, SHORT, ["new", "old"], T)
    assert is_signed(f"{old},{new.partition(',')[2]}", SHORT, ["new"], T)
    assert not is_signed(old, SHORT, ["new"], T)
    assert not is_signed(old, SHORT, [], T)


@pytest.mark.parametrize("skew_s", [-300, 0, 300])
def test_a_signature_of_the_last_five_minutes_counts(skew_s: int):
    assert is_signed(sign("s", SHORT, T), SHORT, ["s"], T + skew_s)


@pytest.mark.parametrize("skew_s", [-301, 301, 10**6])
def test_an_older_or_a_future_signature_does_not_count(skew_s: int):
    assert not is_signed(sign("s", SHORT, T), SHORT, ["s"], T + skew_s)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "v1=ab",
        f"t={T}",
        f"t={T},v1=",
        f"t={T},t={T},v1={'0' * 64}",
        "t=1e9,v1=0",
        "t=\u0664,v1=0",
        ",=,",
        "t=-1",
    ],
)
def test_a_header_of_another_shape_does_not_count(header: str):
    assert not is_signed(header, SHORT, ["s"], T)


@given(st.binary(max_size=60), st.integers(0, 2**30), st.integers(0, 7))
def test_a_changed_byte_breaks_the_signature(body: bytes, position: int, bit: int):
    changed = bytearray(body or b"x")
    changed[position % len(changed)] ^= 1 << bit
    assert not is_signed(sign("s", body or b"x", T), bytes(changed), ["s"], T)


@given(st.text())
def test_no_header_text_raises(header: str):
    assert not is_signed(header, SHORT, ["s"], T)


def event(**fields: object) -> bytes:
    known = {"object_type": "activity", "object_id": 2**53 + 1, "aspect_type": "update", "owner_id": 7}
    return msgspec.json.encode({**known, "subscription_id": 1, "event_time": T, "updates": {}, **fields})


def test_updates_are_text_whatever_strava_sends():
    read = parse_event(event(updates={"private": True, "title": "Messy", "n": 1, "x": None}))
    assert read.updates == {"private": "true", "title": "Messy", "n": "1", "x": "null"}
    assert read.object_id == 2**53 + 1


def test_missing_updates_and_null_are_no_updates():
    assert parse_event(event(updates=None)).updates == {}
    assert parse_event(LONG.replace(b',"updates":{}', b"")).updates == {}


def test_two_updates_of_one_second_differ_and_their_order_of_fields_does_not_matter():
    first, second = parse_event(event(updates={"title": "a"})), parse_event(event(updates={"title": "b"}))
    assert first.updates_digest != second.updates_digest
    both = parse_event(event(updates={"a": "1", "b": "2"})), parse_event(event(updates={"b": "2", "a": "1"}))
    assert both[0].updates_digest == both[1].updates_digest


@pytest.mark.parametrize("value", ["false", "true", False])
def test_a_deauthorisation_is_known_by_its_field_and_not_by_its_value(value: object):
    assert parse_event(event(object_type="athlete", updates={"authorized": value})).is_deauthorisation
    assert not parse_event(event(updates={"authorized": value})).is_deauthorisation
    assert not parse_event(event(object_type="athlete", aspect_type="delete")).is_deauthorisation


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"1", b"\xff", b"[" * 20_000, b'{"updates":' + b"[" * 10_000,
        event(object_id=0), event(object_id=2**63), event(object_id="1"), event(event_time=-1), event(object_type=""),
        event(object_type="x" * 21), event(updates={str(n): 1 for n in range(21)}), event(updates=[]),
        event(owner_id=None),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_in_one_sentence(body: bytes):
    with pytest.raises(BadEvent, match=r"\.$"):
        parse_event(body)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes):
    with pytest.raises(BadEvent):
        parse_event(body)


def test_the_path_secret_follows_from_the_verify_token_and_does_not_show_it():
    assert path_secret("a") != path_secret("b")
    assert len(path_secret("a")) == 32
