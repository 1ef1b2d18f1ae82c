"""Cards that were drawn a moment ago: few, for minutes, and each its member's own."""

from __future__ import annotations

import asyncio

from ayda_service.plans.kept import KeptCards
from tests.ayda.support import MEMBER, OTHER


async def test_a_card_is_found_by_its_member_alone():
    cards = KeptCards()
    cards.keep(MEMBER, "a", b"mine")
    assert cards.find(MEMBER, "a") == b"mine"
    assert cards.find(OTHER, "a") is None


async def test_of_many_the_newest_are_kept():
    cards = KeptCards(most=2)
    for name in "abc":
        cards.keep(MEMBER, name, name.encode())
    assert [cards.find(MEMBER, name) for name in "abc"] == [None, b"b", b"c"]


async def test_a_member_who_leaves_takes_all_their_cards():
    cards = KeptCards()
    for member in (MEMBER, OTHER):
        cards.keep(member, "a", b"a")
    cards.forget(MEMBER)
    assert (cards.find(MEMBER, "a"), cards.find(OTHER, "a")) == (None, b"a")


async def test_a_card_goes_after_its_time_and_a_newer_one_stays():
    cards = KeptCards(kept_s=0.0)
    cards.keep(MEMBER, "a", b"a")
    cards._kept_s = 3_600.0
    cards.keep(MEMBER, "b", b"b")
    for _ in range(3):
        await asyncio.sleep(0)
    assert (cards.find(MEMBER, "a"), cards.find(MEMBER, "b")) == (None, b"b")
