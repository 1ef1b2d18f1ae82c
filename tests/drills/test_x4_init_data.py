"""X4: of Telegram's proofs every valid one is accepted, in the shapes of all clients, and no mutant of any."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ayda_service.telegram.init_data import (
    InitDataExpired,
    InvalidInitData,
    read_init_data,
    read_signed_init_data,
    sign_init_data,
)
from tests.ayda.support import BOT_TOKEN, MEMBER, init_data
from tests.drills.both_services import both_services
from tests.drills.reporting import DRILL, report
from tests.servicekit.strava.support import START

MUTANTS = 100_000 if DRILL else 4_000
BOT_ID = 7_342_037_359
NOW_S = int(START.timestamp())
TELEGRAM = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = TELEGRAM.public_key().public_bytes_raw().hex()
Pairs = list[tuple[str, str]]

USER = json.dumps({"id": MEMBER, "first_name": "Аня 🏃", "language_code": "ru", "allows_write_to_pm": True})
SHAPES: dict[str, dict[str, str]] = {
    "desktop": {"query_id": "AAHdF6IQAAAAAN0XohDhrOrc", "user": USER, "auth_date": str(NOW_S)},
    "ios": {"user": USER, "chat_instance": "-88", "chat_type": "sender", "auth_date": str(NOW_S), "start_param": "s-1"},
    "attachment menu": {"user": USER, "auth_date": str(NOW_S), "can_send_after": "10", "chat": '{"id":-1}'},
}


def signed(fields: dict[str, str]) -> str:
    """As Telegram signs for third parties, with a key of this test; `hash` is what it is, and not covered."""
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    proof = TELEGRAM.sign(f"{BOT_ID}:WebAppData\n{lines}".encode())
    return urlencode({**fields, "signature": base64.urlsafe_b64encode(proof).decode().rstrip("=")})


def with_both(fields: dict[str, str]) -> str:
    """As clients of today send it: the signature is part of what the hash covers."""
    return sign_init_data(dict(parse_qsl(signed(fields))), bot_token=BOT_TOKEN)


def by_hash(raw: str) -> int:
    return read_init_data(raw, bot_token=BOT_TOKEN, now=START, max_age_s=3600).telegram_id


def by_signature(raw: str) -> int:
    return read_signed_init_data(raw, bot_id=BOT_ID, now=START, max_age_s=3600, public_key=PUBLIC).telegram_id


SCHEMES: dict[str, tuple[Callable[[str], int], Callable[[dict[str, str]], str]]] = {
    "hash": (by_hash, lambda fields: sign_init_data(fields, bot_token=BOT_TOKEN)),
    "hash over signature": (by_hash, with_both),
    "signature": (by_signature, signed),
}


def mutants(raw: str, rng: random.Random) -> Iterator[str]:
    """Proofs that say something else than Telegram said, without end."""
    pairs = parse_qsl(raw, keep_blank_values=True)
    for number, (name, value) in enumerate(pairs):
        yield f"{raw}&{name}={quote(value)}"
        yield f"{raw}&{name}=x"
        yield urlencode(pairs[:number] + pairs[number + 1 :])
        yield urlencode([*pairs[:number], (name.upper(), value), *pairs[number + 1 :]])
        yield urlencode([*pairs[:number], (name, value + "\n"), *pairs[number + 1 :]])
        for other in range(number + 1, len(pairs)):
            yield urlencode(merged(pairs, number, other))
            yield urlencode(swapped(pairs, number, other))
    yield raw.replace(str(MEMBER), str(MEMBER + 1))
    yield raw.replace(str(NOW_S), str(NOW_S + 1))
    yield raw + "&extra=1"
    yield raw + "&"
    yield "&" + raw
    yield raw + "\n"
    while True:
        yield mutated(raw, rng)


def mutated(raw: str, rng: random.Random) -> str:
    place, end = sorted((rng.randrange(len(raw)), rng.randrange(len(raw) + 1)))
    kind = rng.randrange(4)
    if kind == 0:
        return raw[:place] + chr(ord(raw[place]) ^ (1 << rng.randrange(7))) + raw[place + 1 :]
    if kind == 1:
        return raw[:place] + raw[min(end, place + 3) :]
    if kind == 2:
        return raw[:place] + rng.choice("aA0%&=+\u0430\x00") + raw[place:]
    return raw[:place] + raw[place:end][::-1] + raw[end:]


def merged(pairs: Pairs, first: int, second: int) -> Pairs:
    """Two fields as one whose value holds the other's line: the lines that are signed may look the same."""
    (name, value), (other, text) = sorted((pairs[first], pairs[second]))
    rest = [pair for number, pair in enumerate(pairs) if number not in {first, second}]
    return [*rest, (name, f"{value}\n{other}={text}")]


def swapped(pairs: Pairs, first: int, second: int) -> Pairs:
    changed = list(pairs)
    changed[first], changed[second] = (pairs[first][0], pairs[second][1]), (pairs[second][0], pairs[first][1])
    return changed


def says(raw: str) -> Pairs | None:
    """What a proof says, in whatever order and spelling; None when it says nothing. `hash` is weighed by its scheme."""
    try:
        return sorted(parse_qsl(raw, keep_blank_values=True, strict_parsing=True, errors="strict"))
    except ValueError:
        return None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_shape_is_accepted_and_no_mutant(scheme: str):
    read, make = SCHEMES[scheme]
    tried, accepted, valid = 0, [], 0
    for number, fields in enumerate(SHAPES.values()):
        raw, rng = make(fields), random.Random(number)
        original = says(raw)
        for order in (raw, "&".join(reversed(raw.split("&"))), "&".join(sorted(raw.split("&")))):
            valid += read(order) == MEMBER
        source = mutants(raw, rng)
        for _ in range(MUTANTS // len(SHAPES)):
            mutant = next(source)
            if says(mutant) == original:
                continue  # the same statement, spelt otherwise
            tried += 1
            try:
                accepted.append((mutant, read(mutant)))
            except (InvalidInitData, InitDataExpired):
                continue
    report("X4", scheme=repr(scheme), valid=f"{valid}/{3 * len(SHAPES)}", mutants=tried, accepted=len(accepted))
    assert valid == 3 * len(SHAPES)
    assert accepted == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_bot_and_another_telegram_prove_nothing(scheme: str):
    _read, make = SCHEMES[scheme]
    raw = make(SHAPES["ios"])
    with pytest.raises(InvalidInitData):
        read_init_data(raw, bot_token=BOT_TOKEN[:-1] + "B", now=START, max_age_s=3600)
    with pytest.raises(InvalidInitData):
        read_signed_init_data(raw, bot_id=BOT_ID + 1, now=START, max_age_s=3600, public_key=PUBLIC)
    with pytest.raises(InvalidInitData):
        read_signed_init_data(raw, bot_id=BOT_ID, now=START, max_age_s=3600)


FRESH = [("GET", "auth"), ("POST", "disconnect"), ("POST", "complete")]


async def test_an_old_or_replayed_proof_opens_less_and_less_and_then_nothing(tmp_path: Path):
    # without DELETE /me, after which every older proof opens nothing: that is a bar of its own
    fresh_only = [(method, f"/api/v1/strava/{path}") for method, path in FRESH]
    reads = [("GET", "/api/v1/strava/status"), ("GET", "/api/v1/profile"), ("GET", "/api/v1/me/export")]
    opened: dict[int, tuple[int, int]] = {}
    async with both_services(tmp_path) as both:
        proof = init_data(both.clock)
        session = await both.ayda.http.post("/api/v1/session", headers={"Authorization": f"tma {proof}"})
        passes = [f"tma {proof}", f"Bearer {session.json()['token']}"]

        async def let_in(endpoints: list[tuple[str, str]]) -> int:
            asked = [(each, presented) for each in endpoints for presented in passes]
            answers = [await both.ayda.http.request(*each, headers={"Authorization": by}) for each, by in asked]
            return sum(answer.status_code != 401 for answer in answers)

        for age_s in (-61, -60, 0, 299, 301, 899, 901, 3599, 3601):
            both.clock.at = START
            both.clock.advance(age_s)
            opened[age_s] = (await let_in(fresh_only), await let_in(reads))
    report("X4", let_in_by_age_s=str(opened).replace(" ", ""))
    assert opened == {
        -61: (3, 3), -60: (6, 6), 0: (6, 6), 299: (6, 6), 301: (0, 6), 899: (0, 6), 901: (0, 3), 3599: (0, 3),
        3601: (0, 0),
    }  # fmt: skip
