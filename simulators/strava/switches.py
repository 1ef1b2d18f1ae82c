"""What can be set about the simulation while it runs: behaviour the documentation leaves open, and trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SignatureMode = Literal["off", "signed", "forged", "stale"]
CapacityAnswer = Literal["page", "exchange"]
BothBoundsOrder = Literal["newest_first", "oldest_first"]


@dataclass
class Switches:
    """Of the API.

    `not_found_after_create_s`: a new activity answers 404 and is not listed for so long.
    `streams_after_s`: its streams answer 404 for so long.
    `capacity_answer`: a full application shows its own page, or gives a code whose exchange is refused with 403.
    `both_bounds_order`: of a list with `after` and `before`.
    `token_requests_count`: whether token and revoke requests use up the overall limit.
    `headerless_streams_every`: every n-th streams answer lacks the rate-limit headers, as once recorded; 0 is never.
    """

    inactive: bool = False
    not_found_after_create_s: float = 0.0
    streams_after_s: float = 0.0
    capacity_answer: CapacityAnswer = "page"
    both_bounds_order: BothBoundsOrder = "newest_first"
    token_requests_count: bool = False
    headerless_streams_every: int = 10


@dataclass
class PushSwitches:
    """Of the events; times are the simulator's, except `answer_within_s`.

    Each delivery falls due `delay_s` plus up to `jitter_s` after its event; those due together go out oldest first, or
    newest first, `parallel` at a time. Shares are of all events: lost ones are never sent, duplicates are sent again
    `duplicate_after_s` later whatever was answered. `signing_secrets` all sign, as during a change of secret.
    """

    answer_within_s: float = 2.0
    retry_after_s: float = 120.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    newest_first: bool = False
    parallel: int = 8
    loss_share: float = 0.0
    duplicate_share: float = 0.0
    duplicate_after_s: float = 60.0
    signature: SignatureMode = "off"
    signing_secrets: tuple[str, ...] = ()
    updates_absent: bool = False
    authorized_word: str = "false"
    revoke_sends_event: bool = True
