"""X3: whatever an attacker does with links, states and codes, nobody is connected to another person's Strava.

The attacker sees every address that has ever reached ayda (histories, logs), can lure the victim's browser and the
victim's Telegram to any address, and has a member, a browser and an athlete of their own. A lured victim agrees to
everything: consents at Strava, presses every link on our pages. What Strava has handed to the victim's browser and
ayda has not yet seen, and what stands on a page in that browser, is known to nobody else: that is what TLS is for.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from sqlalchemy import text

from tests.ayda.support import Ayda
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import browser_of, new_world

RUNS = 10_000 if DRILL else 300
SEED = 3
CALLBACK = "/api/v1/strava/callback"
ENTER = "/api/v1/strava/enter"
CLAIM = re.compile(r"startapp=strava_([A-Za-z0-9_-]{43})")
FOREIGN = "https://evil.example/"


@dataclass
class Person:
    """A member with a browser in which one athlete is signed in at Strava."""

    telegram_id: int
    athlete_id: int
    browser: httpx.AsyncClient
    urls: list[str] = field(default_factory=list)
    """Addresses at Strava that were begun and not yet followed."""
    tickets: list[str] = field(default_factory=list)
    """Addresses of ours that this person's Mini App was given for another browser, and that were not yet opened."""
    claims: list[str] = field(default_factory=list)
    """What stands on pages in this person's browser."""


@dataclass
class Run:
    """One attack."""

    ayda: Ayda
    rng: random.Random
    victim: Person
    attacker: Person
    seen: list[str] = field(default_factory=list)
    """Every callback that has reached ayda."""
    statuses: Counter[int] = field(default_factory=Counter)

    async def arrive(self, person: Person, address: str) -> None:
        self.seen.append(address)
        answer = await person.browser.get(address)
        assert "location" not in answer.headers
        assert FOREIGN not in answer.text
        self.statuses[answer.status_code] += 1
        person.claims += CLAIM.findall(answer.text)

    async def begin_elsewhere(self, person: Person) -> None:
        query = self.rng.choice(["", f"&next={quote(FOREIGN)}", "&uploads=1"])
        headers = self.ayda.as_member(person.telegram_id, Accept="application/json")
        answer = await person.browser.get(f"/api/v1/strava/auth?elsewhere=1{query}", headers=headers)
        person.tickets.append(answer.json()["authorization_url"])

    async def enter(self, person: Person, ticket: str) -> None:
        """A browser goes to Strava with a ticket, whoever was given it."""
        self.seen.append(ticket)
        answer = await person.browser.get(ticket)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 302:
            assert FOREIGN not in answer.headers["location"]
            await self.arrive(person, await self.consent(person, answer.headers["location"]))

    async def honest_elsewhere(self, person: Person) -> None:
        if person.tickets:
            await self.enter(person, person.tickets.pop(0))
        await self.press(person)

    async def press(self, person: Person) -> None:
        """A person follows the link on a page in their browser: their own Telegram opens."""
        if person.claims:
            await self.complete(person, person.claims.pop())

    async def complete(self, person: Person, claim: str) -> None:
        headers = self.ayda.as_member(person.telegram_id)
        answer = await self.ayda.http.post("/api/v1/strava/complete", json={"claim": claim}, headers=headers)
        self.statuses[answer.status_code] += 1

    async def lure_to_ticket(self) -> None:
        """The victim's browser opens a ticket of the attacker's; the victim does all that is asked."""
        if self.attacker.tickets:
            await self.enter(self.victim, self.attacker.tickets.pop())
            if self.rng.random() < 0.8:
                await self.press(self.victim)

    async def lure_to_claim(self) -> None:
        """The victim's Telegram opens a link of a page in the attacker's browser."""
        if self.attacker.claims:
            await self.complete(self.victim, self.rng.choice(self.attacker.claims))

    async def take_over_ticket(self) -> None:
        """The attacker's browser goes on with a ticket it has seen, and the victim's Telegram is to end it."""
        seen = [address for address in self.seen if ENTER in address]
        if seen:
            await self.enter(self.attacker, self.rng.choice(seen))
            await self.lure_to_claim()

    async def foreign_claim(self) -> None:
        """The attacker brings something to ayda that is no claim of theirs: a ticket, a state, a code, a guess."""
        values = [value for each in self.seen for value in parse_qs(urlsplit(each).query).values()]
        found = [value[0] for value in values]
        await self.complete(self.attacker, self.rng.choice([*found, "A" * 43, ""])[:200])

    async def claim_as_ticket(self) -> None:
        if self.attacker.claims:
            await self.enter(self.attacker, f"{ENTER}?ticket={self.rng.choice(self.attacker.claims)}")

    async def begin(self, person: Person) -> None:
        query = self.rng.choice(["", f"?next={quote(FOREIGN)}", "?uploads=1", f"?redirect_uri={quote(FOREIGN)}"])
        headers = self.ayda.as_member(person.telegram_id, Accept="application/json")
        answer = await person.browser.get(f"/api/v1/strava/auth{query}", headers=headers)
        url = answer.json()["authorization_url"]
        assert FOREIGN not in url
        assert quote(FOREIGN, safe="") not in url
        person.urls.append(url)

    async def consent(self, person: Person, url: str) -> str:
        decision = "deny" if self.rng.random() < 0.1 else "allow"
        return await self.ayda.consent(url, person.athlete_id, decision=decision)

    async def honest(self, person: Person) -> None:
        if person.urls:
            await self.arrive(person, await self.consent(person, person.urls.pop(0)))

    async def lure_to_strava(self) -> None:
        """The victim's browser follows a link that the attacker began."""
        if self.attacker.urls:
            url = self.rng.choice(self.attacker.urls)
            await self.arrive(self.victim, await self.consent(self.victim, url))

    async def lure_to_crafted(self) -> None:
        """The victim's browser follows a link to Strava that the attacker wrote: all but a state is public."""
        if self.attacker.urls:
            parts = urlsplit(self.rng.choice(self.attacker.urls))
            fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fields["state"] = self.rng.choice(["x", "A" * 43])
            crafted = parts._replace(query=urlencode(fields)).geturl()
            await self.arrive(self.victim, await self.consent(self.victim, crafted))

    async def lure_to_callback(self) -> None:
        """The victim's browser opens a callback with the attacker's consent in it."""
        if self.attacker.urls:
            back = await self.consent(self.attacker, self.rng.choice(self.attacker.urls))
            await self.arrive(self.victim, self.mutated(back))

    async def replay(self) -> None:
        if self.seen:
            who, address = self.rng.choice([self.victim, self.attacker]), self.rng.choice(self.seen)
            if ENTER in address:
                await self.enter(who, address)
            else:
                await self.arrive(who, self.mutated(address))

    async def foreign_code(self) -> None:
        """A code from someone's history with a fresh state of the attacker's own, in the attacker's browser."""
        codes = [code for each in self.seen for code in parse_qs(urlsplit(each).query).get("code", [])]
        await self.begin(self.attacker)
        state = parse_qs(urlsplit(self.attacker.urls.pop()).query)["state"][0]
        if codes:
            fields = {"state": state, "code": self.rng.choice(codes), "scope": "read,activity:read_all"}
            await self.arrive(self.attacker, f"{CALLBACK}?{urlencode(fields)}")

    async def steal_cookie_name(self) -> None:
        """A nonce that the attacker makes up, or one that is no nonce at all."""
        value = self.rng.choice(["A" * 43, "", "x", "A" * 400])
        async with browser_of(self.ayda, {"ayda_browser": value}) as other:
            if self.seen:
                answer = await other.get(self.rng.choice(self.seen))
                self.statuses[answer.status_code] += 1

    async def wait(self) -> None:
        self.ayda.clock.advance(self.rng.choice([1, 60, 599, 601, 3600]))

    def mutated(self, address: str) -> str:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        match self.rng.randrange(8):
            case 0:
                fields.pop("state", None)
            case 1:
                fields["state"] = self.rng.choice(["", "x", "\0", "A" * 43, "A" * 999])
            case 2:
                fields["scope"] = "read,activity:read_all,activity:write"
            case 3:
                fields["next"] = FOREIGN
            case 4:
                others = [parse_qs(urlsplit(each).query).get("state", [""])[0] for each in self.seen]
                fields["state"] = self.rng.choice(others or [""])
        return f"{CALLBACK}?{urlencode(fields)}"

    async def step(self) -> None:
        """One move, mostly the attacker's."""
        victim, attacker = self.victim, self.attacker
        moves: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (2, lambda: self.begin(victim)),
            (2, lambda: self.begin(attacker)),
            (1, lambda: self.begin_elsewhere(victim)),
            (2, lambda: self.begin_elsewhere(attacker)),
            (1, lambda: self.honest(victim)),
            (1, lambda: self.honest(attacker)),
            (1, lambda: self.honest_elsewhere(victim)),
            (1, lambda: self.honest_elsewhere(attacker)),
            (1, self.lure_to_strava),
            (1, self.lure_to_callback),
            (1, self.lure_to_crafted),
            (1, self.lure_to_ticket),
            (1, self.lure_to_claim),
            (1, self.take_over_ticket),
            (1, self.replay),
            (1, self.foreign_code),
            (1, self.rng.choice([self.foreign_claim, self.claim_as_ticket])),
            (1, self.rng.choice([self.steal_cookie_name, self.wait])),
        ]
        (chosen,) = self.rng.choices([move for _, move in moves], [weight for weight, _ in moves])
        await chosen()


async def links(ayda: Ayda) -> set[tuple[int, int]]:
    """Who is connected to what, as the database says."""
    query = text("SELECT m.telegram_id, t.athlete_id FROM strava_token t JOIN member m ON m.id = t.member_id")
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return {(row[0], row[1]) for row in session.execute(query)}


async def test_no_attack_connects_anybody_to_another_persons_strava(tmp_path: Path):
    world = new_world(tmp_path)
    rng, wrong, statuses, steps = random.Random(SEED), 0, Counter[int](), 0
    async with world.running() as ayda:
        rightful = set()
        for number in range(RUNS):
            ids = 10_000_000 + 2 * number, 10_000_001 + 2 * number
            athletes = world.simulator.add_athlete(), world.simulator.add_athlete()
            rightful |= set(zip(ids, athletes, strict=True))
            at = f"10.{number >> 8}.{number & 255}"
            async with browser_of(ayda, ip=f"{at}.1") as one, browser_of(ayda, ip=f"{at}.2") as other:
                people = Person(ids[0], athletes[0], one), Person(ids[1], athletes[1], other)
                run = Run(ayda, rng, *people, statuses=statuses)
                for _ in range(rng.randrange(6, 18)):
                    await run.step()
                    steps += 1
        made = await links(ayda)
        wrong = len(made - rightful)
    report("X3", runs=RUNS, steps=steps, right_links=len(made & rightful), wrong_links=wrong, answers=dict(statuses))
    assert wrong == 0
    assert len(made) > RUNS / 20, "an attack that keeps everybody out proves nothing"
    assert set(statuses) <= {200, 302, 400, 409}
