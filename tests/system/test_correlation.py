"""S7: in a whole life of a member every hop, every job and every line of an answer names its request and its trace."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import event

from servicekit.base.logs import configure_logs
from servicekit.data.database import Database
from tests.drills.both_services import both_services
from tests.drills.reporting import report
from tests.drills.test_f1_database_trouble import OWN_APP
from tests.system.test_no_scans import lived

ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
TRACE: Final = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
OURS: Final = "ayda"
"""How both services call themselves when they ask each other."""


class PutJobs:
    """The jobs that are put into a queue of a database from now on, without those that come again by themselves."""

    def __init__(self, database: Database) -> None:
        self.rows: list[Mapping[str, Any]] = []
        event.listen(database.engine, "before_cursor_execute", self._look)

    def _look(self, _connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: Any) -> None:
        if statement.startswith("INSERT INTO job "):
            rows = context.compiled_parameters
            self.rows += [row for row in rows if not str(row["unique_key"] or "").startswith("periodic:")]


def told(headers: httpx.Headers) -> tuple[str, str] | None:
    """The id and the trace that a hop names; None where it names none."""
    identity, trace = headers.get("x-request-id", ""), TRACE.fullmatch(headers.get("traceparent", ""))
    return (identity, trace[1]) if ID.fullmatch(identity) and trace is not None else None


@pytest.mark.usefixtures("pristine")
async def test_every_hop_every_job_and_every_answer_names_its_request_and_its_trace(tmp_path: Path):
    lines = io.StringIO()
    own: dict[str, Any] = {"worker_embedded": True, **OWN_APP}
    async with both_services(tmp_path, of_predictor=own, erasures_file=tmp_path / "ayda.erasures") as both:
        jobs = [PutJobs(both.ayda.app.litestar.state["parts"].database), PutJobs(both.parts.database)]
        configure_logs("DEBUG", "json", stream=lines)
        await lived(both)
        asked = [*both.to_predictor.asked, *both.to_ayda.asked]
    hops = [(path, told(headers)) for path, headers in asked if headers["user-agent"] == OURS]
    logged = [json.loads(line) for line in lines.getvalue().splitlines() if line.startswith("{")]
    answers = [line for line in logged if line["event"] == "request"]
    named = {(line.get("request_id"), line.get("trace_id")) for line in answers}
    rows = [row for each in jobs for row in each.rows]
    nameless = {
        "hops": [path for path, names in hops if names is None],
        "hops that the other side knows by another name": [path for path, names in hops if names not in named],
        "answers": [line["path"] for line in answers if not (line.get("request_id") and line.get("trace_id"))],
        "jobs": [row["name"] for row in rows if not (row["request_id"] and TRACE.fullmatch(row["traceparent"] or ""))],
    }
    report("S7", hops=len(hops), answers=len(answers), jobs=len(rows), nameless=sum(map(len, nameless.values())))
    assert min(len(hops), len(answers), len(rows)) > 5
    assert not any(nameless.values()), nameless
