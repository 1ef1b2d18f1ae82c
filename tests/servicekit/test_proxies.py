"""Whose word about a visitor is believed."""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.web.proxies import LOOPBACK, BehindProxies, Proxies

VISITOR = "203.0.113.5"


async def seen(client: tuple[Any, Any] | None, *headers: tuple[str, str], proxies: Proxies = LOOPBACK) -> Any:
    """Who the app believes is asking, and over what."""
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append((scope.get("client"), scope["scheme"]))

    fields = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "headers": fields, "client": client, "scheme": "http"}
    await BehindProxies(app, proxies)(scope, None, None)  # type: ignore[arg-type]
    return found[0]


async def test_a_proxy_is_believed_about_address_and_scheme():
    headers = [("x-forwarded-for", VISITOR), ("x-forwarded-proto", "https")]
    assert await seen(("127.0.0.1", 5), *headers) == ((VISITOR, 0), "https")


async def test_a_stranger_is_not():
    headers = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")]
    assert await seen((VISITOR, 5), *headers) == ((VISITOR, 5), "http")


async def test_of_what_a_proxy_passes_on_only_its_own_word_counts():
    said = await seen(("127.0.0.1", 5), ("x-forwarded-for", f"10.9.9.9, 127.0.0.1, {VISITOR}"))
    twice = await seen(("127.0.0.1", 5), ("x-forwarded-for", "10.9.9.9"), ("x-forwarded-for", VISITOR))
    assert said[0][0] == twice[0][0] == VISITOR


async def test_a_chain_of_proxies_ends_at_the_first_that_is_none():
    proxies = Proxies.parse("10.0.0.0/8, fd00::/8")
    said = await seen(("fd00::1", 5), ("x-forwarded-for", f"192.0.2.1, {VISITOR}, 10.0.0.7"), proxies=proxies)
    assert said[0][0] == VISITOR


@pytest.mark.parametrize("shown", ["::ffff:127.0.0.1", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1"])
async def test_an_address_is_the_same_however_it_is_written(shown: str):
    assert (await seen((shown, 5), ("x-forwarded-for", VISITOR)))[0][0] == VISITOR


@pytest.mark.parametrize("told", ["[2001:db8::7]:443", "2001:db8::7"])
async def test_visitors_have_addresses_of_ipv6(told: str):
    assert (await seen(("::1", 5), ("x-forwarded-for", told)))[0][0] == "2001:db8::7"


async def test_granians_ports_are_numbers_too():
    assert (await seen((VISITOR, "5123")))[0] == (VISITOR, 5123)


async def test_who_has_no_address_stays_without():
    assert (await seen(None, ("x-forwarded-for", VISITOR)))[0] is None


@pytest.mark.parametrize(
    "text", ["*", "0.0.0.0/0", "::/0", "proxy.example", "10.0.0.1/8", "10.0.0.1 10.0.0.2", "1.2.3"]
)
def test_nobody_can_believe_everybody_or_a_name(text: str):
    with pytest.raises(ValueError, match="must be addresses and networks"):
        Proxies.parse(text)


@pytest.mark.parametrize(
    ("text", "host", "is_one"),
    [
        ("10.0.0.7", "10.0.0.7", True),
        ("10.0.0.7", "::ffff:10.0.0.7", True),
        ("10.0.0.7", "10.0.0.8", False),
        ("10.1.0.0/16, fd00::/8", "fd00::99", True),
        ("10.1.0.0/16", "not an address", False),
    ],
)
def test_a_proxy_is_known_by_its_network(text: str, host: str, is_one: bool):
    assert (host in Proxies.parse(text)) is is_one
