"""The updates in their order, until the bot has taken them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from simulators.base.clock import SimulatorClock
from simulators.telegram.trouble import Trouble

UpdateState = Literal["waiting", "taken", "dropped"]
KEPT_S: Final = 86_400.0
UNASKED: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only to bots that name them."""
_FIRST_ID: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Handover:
    """One attempt: the status of the webhook's answer, or None and what happened instead; 200 when it was fetched."""

    at_s: float
    status: int | None
    trouble: str | None = None


@dataclass(slots=True)
class Update:
    """Something that happened; those of one chat keep their order."""

    id: int
    kind: str
    content: dict[str, Any]
    chat_id: int
    made_s: float
    due_s: float
    comes_again: bool = False
    retry_s: float = 0.0
    fetched: bool = False
    state: UpdateState = "waiting"
    handovers: list[Handover] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.content}


class UpdateLine:
    """All updates there were, and those that wait; `allowed` is empty for the usual kinds."""

    def __init__(self, clock: SimulatorClock, trouble: Trouble, seed: int) -> None:
        self.allowed: tuple[str, ...] = ()
        self._clock = clock
        self._trouble = trouble
        self._random = random.Random(seed)
        self._all: list[Update] = []
        self._waiting: dict[int, Update] = {}

    def add(self, kind: str, content: dict[str, Any], chat_id: int) -> Update | None:
        """The update, None of a kind that the bot does not want."""
        if kind in UNASKED if not self.allowed else kind not in self.allowed:
            return None
        now_s, trouble = self._clock.now_s(), self._trouble
        late = self._random.random() < trouble.late_share
        update = Update(
            id=_FIRST_ID + len(self._all),
            kind=kind,
            content=content,
            chat_id=chat_id,
            made_s=now_s,
            due_s=now_s + (trouble.late_s if late else 0.0),
            comes_again=self._random.random() < trouble.duplicate_share,
        )
        self._all.append(update)
        self._waiting[update.id] = update
        return update

    def all(self) -> Sequence[Update]:
        return tuple(self._all)

    def pending(self) -> int:
        return len(self._waiting)

    def due(self) -> list[Update]:
        """What the bot may be told now, in the order in which it is told; after a day nobody is told any more."""
        now_s = self._clock.now_s()
        self._drop(update for update in self._waiting.values() if update.made_s < now_s - KEPT_S)
        ready = [update for update in self._waiting.values() if update.due_s <= now_s]
        return sorted(ready, key=lambda update: update.id, reverse=self._trouble.newest_first)

    def heads(self, busy: Iterable[int]) -> list[Update]:
        """Of each chat that is not busy the update whose turn it is; one to be tried again holds up its chat."""
        now_s, seen, heads = self._clock.now_s(), set(busy), []
        for update in self.due():
            if update.chat_id not in seen:
                seen.add(update.chat_id)
                heads += [update] if update.retry_s <= now_s else []
        return heads

    def next_due_s(self, busy: Iterable[int]) -> float | None:
        """When one of the chats that are not busy has its next turn."""
        held = set(busy)
        turns: defaultdict[int, list[Update]] = defaultdict(list)
        for update in self._waiting.values():
            if update.chat_id not in held:
                turns[update.chat_id].append(update)
        return min((self._turn_s(waiting) for waiting in turns.values()), default=None)

    def _turn_s(self, waiting: Sequence[Update]) -> float:
        """When a chat's next update may be told; those that are late yet hold up nobody."""
        now_s = self._clock.now_s()
        ready = [update.id for update in waiting if update.due_s <= now_s]
        if not ready:
            return min(update.due_s for update in waiting)
        return max(now_s, self._waiting[max(ready) if self._trouble.newest_first else min(ready)].retry_s)

    def fetch(self, most: int) -> list[Update]:
        """What getUpdates answers; it is handed out again until it is confirmed."""
        chosen = self.due()[:most]
        for update in chosen:
            update.fetched = True
            update.handovers.append(Handover(self._clock.now_s(), 200))
        return chosen

    def take(self, update: Update) -> None:
        """The bot has it; one that comes again waits once more."""
        update.fetched = False
        if update.comes_again:
            update.comes_again = False
            update.due_s, update.retry_s = self._clock.now_s() + self._trouble.duplicate_after_s, 0.0
        else:
            update.state = "taken"
            self._waiting.pop(update.id, None)

    def confirm(self, offset: int) -> None:
        """Updates before `offset` that were handed out are taken; a negative one keeps only so many of the last."""
        if offset < 0:
            self._drop(sorted(self._waiting.values(), key=lambda update: update.id)[:offset])
            return
        for update in [each for each in self._waiting.values() if each.id < offset and each.fetched]:
            self.take(update)

    def repeat(self, update_id: int) -> bool:
        """Tell an update once more; False for an unknown one."""
        found = next((update for update in self._all if update.id == update_id), None)
        if found is not None:
            found.state, found.fetched, found.due_s, found.retry_s = "waiting", False, self._clock.now_s(), 0.0
            self._waiting[found.id] = found
        return found is not None

    def drop_all(self) -> None:
        """What waits is never told."""
        self._drop(self._waiting.values())

    def _drop(self, updates: Iterable[Update]) -> None:
        for update in list(updates):
            update.state = "dropped"
            del self._waiting[update.id]
