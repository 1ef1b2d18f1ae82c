"""Language and units: one choice for the chat and the page."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatPlace, ChatStore
from languages.voice import Voice
from servicekit.data.database import Database
from tests.ayda.support import MEMBER, OTHER, Ayda, assert_problem

PATH = "/api/v1/me/preferences"


async def kept(ayda: Ayda, telegram_id: int = MEMBER) -> dict[str, Any]:
    answer = await ayda.http.get(PATH, headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def choose(ayda: Ayda, telegram_id: int = MEMBER, **chosen: Any) -> Any:
    return await ayda.http.put(PATH, json=chosen, headers=ayda.as_member(telegram_id))


def database(ayda: Ayda) -> Database:
    found: Database = ayda.app.litestar.state.parts.database
    return found


async def test_of_who_has_chosen_nothing_nothing_is_kept(ayda: Ayda):
    assert await kept(ayda) == {"language": None, "units": None}


async def test_what_is_chosen_on_the_page_is_how_the_bot_speaks(ayda: Ayda):
    answer = await choose(ayda, language="ko", units="imperial")
    assert answer.json() == {"language": "ko", "units": "imperial"} == await kept(ayda)
    voice = await database(ayda).read(lambda session: ChatStore(session).voice(MEMBER))
    assert (voice.language, voice.units) == ("ko", "imperial")
    assert await kept(ayda, OTHER) == {"language": None, "units": None}


async def test_what_is_chosen_in_the_chat_is_how_the_page_speaks(ayda: Ayda):
    def write(session: Session) -> Voice:
        store = ChatStore(session)
        store.meet(ChatPlace(MEMBER, "private", MEMBER), "ru", "metric", ayda.clock.now())
        store.choose(MEMBER, language="en")
        return store.voice(MEMBER)

    await database(ayda).write(write)
    assert await kept(ayda) == {"language": "en", "units": "metric"}


async def test_a_language_that_follows_telegram_is_no_choice(ayda: Ayda):
    place = ChatPlace(MEMBER, "private", MEMBER)
    await database(ayda).write(lambda session: ChatStore(session).meet(place, "ru", "imperial", ayda.clock.now()))
    assert await kept(ayda) == {"language": None, "units": "imperial"}


async def test_what_is_left_out_stays_as_it_is(ayda: Ayda):
    await choose(ayda, language="ru", units="imperial")
    assert (await choose(ayda, units="metric")).json() == {"language": "ru", "units": "metric"}
    assert (await choose(ayda)).json() == {"language": "ru", "units": "metric"}


@pytest.mark.parametrize("chosen", [{"language": "de"}, {"units": "furlongs"}, {"colour": "red"}, {"language": 1}])
async def test_what_nobody_offers_cannot_be_chosen(ayda: Ayda, chosen: dict[str, Any]):
    assert_problem(await choose(ayda, **chosen), 422, "validation_failed")
    assert await kept(ayda) == {"language": None, "units": None}


async def test_a_choice_is_erased_with_its_member_and_brings_nobody_back(ayda: Ayda):
    await choose(ayda, language="ko")
    before = ayda.as_member()
    erased = (await ayda.http.delete("/api/v1/me", headers=before)).json()
    assert erased["erased_in_ayda"]["chat"] == 1
    assert_problem(await ayda.http.put(PATH, json={"language": "ru"}, headers=before), 401, "erased_since")
    ayda.clock.advance(1)
    assert await kept(ayda) == {"language": None, "units": None}
