"""The variables that begin like ours: one that nobody reads is misspelt, and what it should have set is not set."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from typing import Final

PREFIXES: Final = ("AYDA_", "PREDICTOR_", "STRAVA_", "TELEGRAM_")
OF_SERVICES: Final = frozenset({
    "AYDA_RUN_API_URL", "AYDA_TO_PREDICTOR_API_KEYS", "PREDICTOR_DATABASE_URL", "PREDICTOR_PUBLIC_URL",
    "PREDICTOR_STRAVA_CLIENT_ID", "PREDICTOR_STRAVA_CLIENT_SECRET", "PREDICTOR_TOKEN_ENCRYPTION_KEYS",
    "PREDICTOR_TO_AYDA_API_KEYS", "STRAVA_API_BASE", "STRAVA_AUTO_UPLOAD", "STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET",
    "STRAVA_OAUTH_BASE", "STRAVA_OVERALL_LIMITS", "STRAVA_READ_LIMITS", "STRAVA_WEBHOOK_SIGNATURE",
    "STRAVA_WEBHOOK_SIGNING_SECRETS", "STRAVA_WEBHOOK_VERIFY_TOKEN", "TELEGRAM_API_BASE", "TELEGRAM_BOT_NAME",
    "TELEGRAM_BOT_TOKEN", "TELEGRAM_LINK_BASE", "TELEGRAM_UPDATES", "TELEGRAM_WEBHOOK_SECRET",
})  # fmt: skip
"""Of either service: where they share an environment, each sees the other's. What a service reads need not be here."""
OF_TOOLS: Final = frozenset({
    "AYDA_CACHE", "AYDA_CHROMIUM", "AYDA_COURSES", "AYDA_DEBUG", "AYDA_DRILL", "AYDA_EVAL_DATA", "AYDA_PACTS_FOLDER",
    "AYDA_PACT_FILE", "AYDA_REQUIRE_SERVICES", "AYDA_STRAVA_REFERENCE", "AYDA_TEST_POSTGRES", "AYDA_TEST_POSTGRES_URL",
    "AYDA_TEST_REDIS_URL", "AYDA_W4_STEPS",
})  # fmt: skip
"""Of the commands, tests and drills."""
SECRETS: Final = (
    "AYDA_TO_PREDICTOR_API_KEYS", "CROSS_SERVICE_API_KEY", "DATABASE_URL", "ERASURES_KEY", "OPERATOR_KEY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "PREDICTOR_DATABASE_URL",
    "PREDICTOR_STRAVA_CLIENT_SECRET", "PREDICTOR_TOKEN_ENCRYPTION_KEYS", "PREDICTOR_TO_AYDA_API_KEYS", "REDIS_URL",
    "STRAVA_CLIENT_SECRET", "STRAVA_WEBHOOK_SIGNING_SECRETS", "STRAVA_WEBHOOK_VERIFY_TOKEN", "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET", "TOKEN_ENCRYPTION_KEYS",
)  # fmt: skip
"""Those whose value may stand in a file that `NAME_FILE` names, as platforms hand secrets over."""
IN_FILE: Final = "_FILE"
_OF_A_PLATFORM: Final = re.compile(r"[A-Z0-9_]+?_(SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_[A-Z]+)?)?)")
"""What Kubernetes and container links put beside services called `ayda` or `predictor`."""


def misspelt(environ: Collection[str], read: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each variable that begins like ours and is none, beside those `read`, with a sentence about it."""
    known = sorted({*OF_SERVICES, *OF_TOOLS, *read})
    for name in sorted(environ):
        if name.startswith(PREFIXES) and name not in known and not _OF_A_PLATFORM.fullmatch(name):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            yield name, f"is no setting; did you mean {near[0]}?" if near else "is no setting"
