"""Nothing that members, events or strangers cause grows without a bound: docs/operate.md has one for every table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ayda_service.audit.service import KEPT_FOR
from ayda_service.models import Base as AydaBase
from ayda_service.predictions.service import MOST_KEPT as MOST_PREDICTIONS
from ayda_service.retention import RULES as OF_AYDA
from ayda_service.settings import MemberBudgets
from ayda_service.strava.store import MOST_UNDER_WAY
from ayda_service.webhooks.jobs import MOST_KEPT as MOST_EVENTS
from ayda_service.webhooks.jobs import SETTLED_KEPT
from kernel.contracts.distribution import MOST_ASKED
from predictor_service.activities.store import MOST_ACTIVITIES
from predictor_service.events.service import MOST_AWAITED
from predictor_service.imports.service import MOST_KEPT as MOST_IMPORTS
from predictor_service.imports.service import MOST_WAITING, MOST_WAITING_BYTES
from predictor_service.models import Base as PredictorBase
from predictor_service.retention import RULES as OF_PREDICTOR
from servicekit.jobs.retention import DEAD_KEPT, Keep

ROW = re.compile(r"^\| (ayda|predictor) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
OPERATE = (Path(__file__).parents[1] / "docs" / "operate.md").read_text(encoding="utf-8")
BOUNDS = {(service, table): sentence for service, table, sentence in ROW.findall(OPERATE)}
RULES = [*(("ayda", rule) for rule in OF_AYDA), *(("predictor", rule) for rule in OF_PREDICTOR)]
BUDGETS = MemberBudgets()
NUMBERS = {
    ("ayda", "activity"): (BUDGETS.files,),
    ("ayda", "activity_file"): (BUDGETS.stored_bytes,),
    ("ayda", "prediction"): (BUDGETS.predictions_per_day, MOST_PREDICTIONS),
    ("ayda", "matching_consent"): (MOST_ASKED,),
    ("ayda", "token_hand_out"): (KEPT_FOR.days,),
    ("ayda", "oauth_state"): (MOST_UNDER_WAY,),
    ("ayda", "oauth_handover"): (MOST_UNDER_WAY,),
    ("ayda", "webhook_event"): (SETTLED_KEPT.days, *MOST_EVENTS.values()),
    ("ayda", "job"): (DEAD_KEPT.days,),
    ("predictor", "activity"): (MOST_ACTIVITIES,),
    ("predictor", "history_import"): (MOST_IMPORTS, MOST_WAITING, MOST_WAITING_BYTES),
    ("predictor", "route"): (BUDGETS.routes_per_day,),
    ("predictor", "strava_doubt"): (MOST_AWAITED,),
    ("predictor", "job"): (DEAD_KEPT.days,),
}
"""What the code says, beside the rules of retention."""


def test_every_table_of_both_services_has_its_bound_and_no_other_does():
    of_ayda = {("ayda", table.name) for table in AydaBase.metadata.sorted_tables}
    of_predictor = {("predictor", table.name) for table in PredictorBase.metadata.sorted_tables}
    assert set(BOUNDS) == of_ayda | of_predictor


@pytest.mark.parametrize("where", sorted(NUMBERS), ids=" ".join)
def test_the_numbers_of_the_table_are_those_of_the_code(where: tuple[str, str]):
    told = {int(number) for number in re.findall(r"\b\d+\b", BOUNDS[where])}
    assert set(NUMBERS[where]) <= told


@pytest.mark.parametrize(("service", "rule"), RULES, ids=lambda each: each if isinstance(each, str) else each.table)
def test_what_a_rule_ends_is_said_to_end_then(service: str, rule: Keep):
    sentence = BOUNDS[service, rule.table]
    assert (f"{rule.life.days} days" if rule.life else "until they expire") in sentence
