"""What can be set about the simulation while it runs: behaviour the documentation leaves open, and trouble.

The type of a switch has its bounds and its sentence: the admin paths check by them, the page at / shows them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from simulators.strava.application.quota import Quota

RotationMode = Literal["stable", "grace", "strict"]
SignatureMode = Literal["off", "signed", "forged", "stale"]
CapacityAnswer = Literal["page", "exchange"]
BothBoundsOrder = Literal["newest_first", "oldest_first"]


class Switches(msgspec.Struct, forbid_unknown_fields=True):
    """Of the API."""

    rotation: Annotated[
        RotationMode,
        Meta(description="after a refresh the old refresh token works for ever, for `grace_s`, or no more"),
    ] = "strict"
    grace_s: Annotated[float, Meta(ge=0, description="how long it works with `rotation` grace")] = 300.0
    athlete_capacity: Annotated[int, Meta(ge=0, description="how many athletes may connect")] = 999
    capacity_answer: Annotated[
        CapacityAnswer,
        Meta(description="a full application shows its own page, or gives a code whose exchange is a 403"),
    ] = "page"
    callback_domain: Annotated[
        str, Meta(min_length=1, description="where codes may be sent, beside localhost and 127.0.0.1")
    ] = "localhost"
    inactive: Annotated[bool, Meta(description="every request meets the fault `inactive`")] = False
    token_requests_count: Annotated[
        bool, Meta(description="whether token and revoke requests use up the overall limit")
    ] = False
    both_bounds_order: Annotated[BothBoundsOrder, Meta(description="of a list with `after` and `before`")] = (
        "newest_first"
    )
    not_found_after_create_s: Annotated[
        float, Meta(ge=0, le=1e7, description="how long a new activity answers 404 and is not listed")
    ] = 0.0
    streams_after_s: Annotated[float, Meta(ge=0, le=1e7, description="how long its streams answer 404")] = 0.0
    short_pages_by: Annotated[
        int,
        Meta(ge=0, le=199, description="how many fewer than asked for a page of the list has, which is not its end"),
    ] = 0
    odd_entries: Annotated[
        int, Meta(ge=0, le=200, description="how many entries of each page of the list are nothing that can be read")
    ] = 0
    headerless_streams_every: Annotated[
        int, Meta(ge=0, description="every n-th streams answer lacks the rate headers, as once recorded; 0 is never")
    ] = 10
    upload_processing_s: Annotated[float, Meta(ge=0, description="how long an upload is being processed")] = 2.0
    link_in_duplicate_text: Annotated[bool, Meta(description="which of the two duplicate texts is used")] = False


class PushSwitches(msgspec.Struct, forbid_unknown_fields=True):
    """Of the events; times are the simulator's, except `answer_within_s`. Shares are of all events, from 0 to 1."""

    answer_within_s: Annotated[
        float, Meta(gt=0, le=120, description="anything but 200 within so long is tried again, three times in all")
    ] = 2.0
    retry_after_s: Annotated[float, Meta(ge=0, le=1e7, description="how much later it is tried again")] = 120.0
    delay_s: Annotated[float, Meta(ge=0, le=1e7, description="how late every event is")] = 0.0
    jitter_s: Annotated[float, Meta(ge=0, le=1e7, description="up to so much later, which changes the order")] = 0.0
    newest_first: Annotated[bool, Meta(description="the order of what is due together")] = False
    parallel: Annotated[int, Meta(ge=1, le=200, description="how many go out at once")] = 8
    loss_share: Annotated[float, Meta(ge=0, le=1, description="the share of events that is never sent")] = 0.0
    duplicate_share: Annotated[
        float, Meta(ge=0, le=1, description="the share that is sent again, whatever was answered")
    ] = 0.0
    duplicate_after_s: Annotated[float, Meta(ge=0, le=1e7, description="how much later those are sent again")] = 60.0
    signature: Annotated[
        SignatureMode, Meta(description="none, good ones, ones that fit no secret, ones that are an hour old")
    ] = "off"
    signing_secrets: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description="each adds a `v1=` to `X-Strava-Signature: t=...,v1=...`, as during a change of secret"),
    ] = ()
    updates_absent: Annotated[bool, Meta(description="no `updates` on create and delete")] = False
    authorized_word: Annotated[str, Meta(description="what a deauthorization says")] = "false"
    revoke_sends_event: Annotated[bool, Meta(description="whether the application's own revoke is told")] = True


class Standing(msgspec.Struct):
    """Limits and usage, switches, how far the clock was moved, and the numbering of activities."""

    quota: Quota
    switches: Switches
    push_switches: PushSwitches = msgspec.field(default_factory=PushSwitches)
    ahead_s: float = 0.0
    last_activity_id: int = 16_000_000_000

    def new_activity_id(self) -> int:
        self.last_activity_id += 1
        return self.last_activity_id
