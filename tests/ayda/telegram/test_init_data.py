from __future__ import annotations

import json
import urllib.parse
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayda_service.telegram.init_data import (
    InitDataExpired,
    InvalidInitData,
    read_init_data,
    read_signed_init_data,
    sign_init_data,
)

# Telegram's public documentation examples; see docs.telegram-mini-apps.com
HMAC_TOKEN = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8"
HMAC_AT = datetime.fromtimestamp(1662771648, UTC)
HMAC_VECTOR = (
    "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name"
    "%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D"
    "&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
)
SIGNED_BOT = 7342037359
SIGNED_AT = datetime.fromtimestamp(1733584787, UTC)
SIGNED_VECTOR = (
    "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22"
    "Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22"
    "allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPE"
    "E4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151&chat_type=private&auth_date="
    "1733584787&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6&signature=zL-ucjNyREiHDE8aihFwpfR"
    "9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ"
)
TOKEN = "1:a-bot-token"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


def read(raw: str, *, token: str = TOKEN, max_age_s: float = 3600) -> int:
    return read_init_data(raw, bot_token=token, now=NOW, max_age_s=max_age_s).telegram_id


def fields(**changes: str) -> dict[str, str]:
    return {"auth_date": str(NOW_S), "user": json.dumps({"id": 42, "first_name": "A"}), **changes}


def test_telegrams_hmac_example_is_valid():
    data = read_init_data(HMAC_VECTOR, bot_token=HMAC_TOKEN, now=HMAC_AT, max_age_s=300)
    assert (data.telegram_id, data.auth_date_s) == (279058397, 1662771648)


def test_telegrams_ed25519_example_is_valid():
    data = read_signed_init_data(SIGNED_VECTOR, bot_id=SIGNED_BOT, now=SIGNED_AT, max_age_s=300)
    assert (data.telegram_id, data.auth_date_s) == (279058397, 1733584787)


def test_both_examples_are_too_old_today():
    with pytest.raises(InitDataExpired):
        read(HMAC_VECTOR, token=HMAC_TOKEN)
    with pytest.raises(InitDataExpired):
        read_signed_init_data(SIGNED_VECTOR, bot_id=SIGNED_BOT, now=NOW, max_age_s=3600)


@pytest.mark.parametrize("vector", [HMAC_VECTOR, SIGNED_VECTOR])
def test_no_single_byte_of_an_example_may_change(vector: str):
    accepted = []
    for place in range(len(vector)):
        flipped = vector[:place] + chr(ord(vector[place]) ^ 1) + vector[place + 1 :]
        try:
            if vector is HMAC_VECTOR:
                read_init_data(flipped, bot_token=HMAC_TOKEN, now=HMAC_AT, max_age_s=300)
            else:
                read_signed_init_data(flipped, bot_id=SIGNED_BOT, now=SIGNED_AT, max_age_s=300)
        except (InvalidInitData, InitDataExpired):
            continue
        accepted.append((place, flipped))
    # the Ed25519 scheme does not cover `hash`, and the last base64 character of a signature has four unused bits
    unsigned = range(0) if vector is HMAC_VECTOR else range(vector.index("&hash=") + 6, vector.index("&signature="))
    last = {len(vector) - 1} if vector is SIGNED_VECTOR else set()
    same = {place for place, flipped in accepted if _decoded(flipped) == _decoded(vector)}
    assert {place for place, _ in accepted} - set(unsigned) - last - same == set()


def _decoded(raw: str) -> list[tuple[str, str]]:
    return sorted(urllib.parse.parse_qsl(raw, keep_blank_values=True))


def test_another_bots_data_is_refused():
    with pytest.raises(InvalidInitData):
        read_init_data(HMAC_VECTOR, bot_token=TOKEN, now=HMAC_AT, max_age_s=300)
    with pytest.raises(InvalidInitData):
        read_signed_init_data(SIGNED_VECTOR, bot_id=SIGNED_BOT + 1, now=SIGNED_AT, max_age_s=300)


def test_the_signature_field_may_be_part_of_what_was_hashed_or_not():
    hashed_with = sign_init_data(fields(signature="abc"), bot_token=TOKEN)
    hashed_without = sign_init_data(fields(), bot_token=TOKEN) + "&signature=abc"
    assert read(hashed_with) == read(hashed_without) == 42


def test_unknown_fields_are_part_of_the_proof_and_the_order_is_not():
    raw = sign_init_data(fields(can_send_after="5", a_field_of_next_year="x"), bot_token=TOKEN)
    assert read("&".join(reversed(raw.split("&")))) == 42
    with pytest.raises(InvalidInitData):
        read("&".join(part for part in raw.split("&") if not part.startswith("a_field")))


@pytest.mark.parametrize("name", ["user", "auth_date", "hash", "query_id"])
def test_doubled_fields_are_refused(name: str):
    raw = sign_init_data(fields(query_id="AAE"), bot_token=TOKEN)
    doubled = next(part for part in raw.split("&") if part.startswith(f"{name}="))
    with pytest.raises(InvalidInitData):
        read(f"{raw}&{doubled}")


@pytest.mark.parametrize(("age_s", "max_age_s"), [(3600, 3600), (300, 300), (0, 1), (-60, 300)])
def test_data_within_its_age_is_accepted(age_s: int, max_age_s: int):
    raw = sign_init_data(fields(auth_date=str(NOW_S - age_s)), bot_token=TOKEN)
    assert read(raw, max_age_s=max_age_s) == 42


@pytest.mark.parametrize(("age_s", "error"), [(3601, InitDataExpired), (-61, InvalidInitData)])
def test_data_from_too_long_ago_or_from_the_future_is_refused(age_s: int, error: type[Exception]):
    with pytest.raises(error):
        read(sign_init_data(fields(auth_date=str(NOW_S - age_s)), bot_token=TOKEN))


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_date": ""},
        {"auth_date": "1e9"},
        {"auth_date": "-1"},
        {"auth_date": "9" * 30},
        {"auth_date": "\uff11"},
        {"user": ""},
        {"user": "null"},
        {"user": "[]"},
        {"user": '{"id":"42"}'},
        {"user": '{"id":0}'},
        {"user": '{"id":-1}'},
        {"user": '{"id":true}'},
        {"user": '{"id":4.5}'},
        {"user": f'{{"id":{2**63}}}'},
        {"user": f'{{"id":{10**30}}}'},
        {"user": '{"id":42' + "[" * 5000},
    ],
)
def test_signed_nonsense_is_refused(changes: dict[str, str]):
    with pytest.raises(InvalidInitData):
        read(sign_init_data(fields(**changes), bot_token=TOKEN))


@pytest.mark.parametrize("missing", ["user", "auth_date"])
def test_needed_fields_are_needed(missing: str):
    rest = {name: value for name, value in fields().items() if name != missing}
    with pytest.raises(InvalidInitData):
        read(sign_init_data(rest, bot_token=TOKEN))


@given(st.text(max_size=300))
def test_no_text_is_a_proof(raw: str):
    with pytest.raises(InvalidInitData):
        read(raw)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_0-9]{1,20}", fullmatch=True).filter(lambda name: name != "hash"),
        st.text(max_size=20).filter(lambda value: "\n" not in value),
        max_size=5,
    ),
    st.integers(1, 2**52),
)
def test_whatever_telegram_signs_is_accepted(extra: dict[str, str], telegram_id: int):
    user = json.dumps({"id": telegram_id, "first_name": "\u0410\u043d\u044f \U0001f3c3", "allows_write_to_pm": True})
    try:
        raw = sign_init_data({**extra, **fields(user=user)}, bot_token=TOKEN)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert read(raw) == telegram_id


def test_the_longest_data_has_a_limit():
    with pytest.raises(InvalidInitData):
        read(sign_init_data(fields(start_param="x" * 10_000), bot_token=TOKEN))
