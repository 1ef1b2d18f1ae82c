"""No dead ends: every word of every column that says how far something is has a way out, in the module named here.

A state that is new fails here and there until its way out is proven.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from ayda_service.me.models import AtPredictor, AtStrava
from ayda_service.messages.models import MessageState
from ayda_service.models import Base as AydaBase
from ayda_service.updates.models import UpdateState
from ayda_service.webhooks.models import EventState
from kernel.contracts.activity import ImportStatus
from kernel.contracts.sync import SyncStatus
from kernel.strava.uploads import UploadStatus
from predictor_service.events.models import DoubtKind
from predictor_service.models import Base as PredictorBase
from servicekit.strava.tokens.seals import TokenState
from tests.ayda.bot import test_ways_out as chats
from tests.ayda.me import test_ways_out as receipts
from tests.ayda.uploads import test_ways_out as uploads
from tests.ayda.webhooks import test_ways_out as events
from tests.predictor.imports import test_ways_out as imports
from tests.predictor.sync import test_ways_out as syncs
from tests.servicekit.strava import test_ways_out as tokens

PROVEN: Final[Mapping[tuple[str, str, str], tuple[Any, set[str]]]] = {
    ("ayda", "strava_upload", "status"): (UploadStatus, uploads.BY_ITSELF | uploads.WHEN_ASKED | uploads.AT_REST),
    ("ayda", "strava_token", "state"): (TokenState, tokens.BY_ITSELF | tokens.WHEN_PUT_RIGHT | tokens.WHEN_CONNECTED),
    ("ayda", "webhook_event", "state"): (EventState, events.BY_ITSELF | events.WHEN_REPLAYED | events.AT_REST),
    ("ayda", "bot_update", "state"): (UpdateState, chats.BY_ITSELF | chats.ANSWERED),
    ("ayda", "bot_message", "state"): (MessageState, chats.BY_ITSELF | chats.SAID),
    ("ayda", "erasure", "strava"): (AtStrava, receipts.BY_ITSELF | receipts.OVER_AT_STRAVA),
    ("ayda", "erasure", "predictor"): (AtPredictor, receipts.BY_ITSELF | receipts.OVER_AT_PREDICTOR),
    ("predictor", "local_token", "state"): (
        TokenState, tokens.BY_ITSELF | tokens.WHEN_PUT_RIGHT | tokens.WHEN_CONNECTED
    ),
    ("predictor", "sync_state", "status"): (SyncStatus, syncs.AT_REST | syncs.OVERDUE.keys()),
    ("predictor", "sync_run", "status"): (SyncStatus, syncs.AT_REST | syncs.OVERDUE.keys()),
    ("predictor", "strava_doubt", "kind"): (DoubtKind, set(get_args(DoubtKind))),
    ("predictor", "history_import", "status"): (ImportStatus, imports.BY_ITSELF | imports.SENT_AGAIN | imports.AT_REST),
}  # fmt: skip
"""The words of each column that says how far something is, and those whose way out the named modules prove."""
NO_STATES: Final = {
    "action", "aside", "aspect_type", "country", "effort", "features_source", "format", "kind", "language", "left_out",
    "mode", "name", "object_type", "provenance", "reason", "sport", "telegram_id", "units", "what",
}  # fmt: skip
"""Columns of few words that say what something is: it waits for nothing."""
A_WORD: Final = 24
"""No state has more letters."""
OF_JOBS: Final = {("ayda", "job", "status"), ("predictor", "job", "status")}
"""Proven in `tests.servicekit.jobs.test_ways_out`, on each queue."""


def test_every_word_of_every_state_is_accounted_for():
    found = dict(states("ayda", AydaBase)) | dict(states("predictor", PredictorBase))
    assert found.keys() == PROVEN.keys()
    for where, words in found.items():
        known, proven = PROVEN[where]
        assert proven == set(get_args(known)), where
        assert not words or words == proven, where


def test_no_short_text_of_any_table_is_left_out():
    bases = (("ayda", AydaBase), ("predictor", PredictorBase))
    short = {where for service, base in bases for where in short_texts(service, base)}
    assert {where for where in short - PROVEN.keys() if where[2] not in NO_STATES} == OF_JOBS


def short_texts(service: str, base: Any) -> Iterator[tuple[str, str, str]]:
    """The columns in which a word may stand, whatever their model calls it."""
    for table in base.metadata.sorted_tables:
        for column in table.columns:
            length = column.type.length if isinstance(column.type, String) else None
            if length is not None and length <= A_WORD:
                yield service, table.name, column.name


def states(service: str, base: Any) -> Iterator[tuple[tuple[str, str, str], set[str]]]:
    """The columns that say how far something is, with their words where the model names them."""
    for mapper in base.registry.mappers:
        for name, hint in get_type_hints(mapper.class_).items():
            where = (service, mapper.class_.__tablename__, name)
            if get_origin(hint) is not Mapped or (name in NO_STATES and where not in PROVEN):
                continue
            kinds = (get_args(hint)[0], *get_args(get_args(hint)[0]))
            words = {word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)}
            if words or name in {"state", "status"}:
                yield where, words
