"""What the benchmark of the services makes of what it has seen."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.service_load.__main__ import in_json, table
from benchmarks.service_load.cases import ASGI, BARE, BATCH, DISTRIBUTIONS, PREDICT, PROFILE, TOKEN, WEBHOOK
from benchmarks.service_load.load import Call, many
from benchmarks.service_load.measuring import Seen, summed_up

CPU_MS = {ASGI: 0.05, BARE: 0.1, PROFILE: 0.25, WEBHOOK: 0.5, TOKEN: 0.4, PREDICT: 2.0, BATCH: 2.0, DISTRIBUTIONS: 10.0}


def seen(slower: float = 1.0) -> dict[str, Seen]:
    """Two rounds, the second on a machine that takes twice as long for everything."""
    return {
        case: Seen([ms, 2 * ms], [1000 / ms, 500 / ms], [ms, 2 * ms])
        for case, ms in ((case, ms if case in {ASGI, BARE} else ms * slower) for case, ms in CPU_MS.items())
    }


def test_ratios_are_those_within_a_round_however_much_slower_the_next_one_is():
    found = summed_up(seen())
    assert found["ratio_to_litestar"] == {"token": 0.25, "profile": 0.4, "webhook": 0.2, "predict": 0.05}
    assert found["on_the_clock"] == found["ratio_to_litestar"]
    assert found["batch_1000_over_profile"] == 8.0
    assert found["litestar_to_asgi"] == 0.5


def test_of_two_servers_the_worse_is_told_first_and_both_beside_it():
    found = in_json({"uvicorn": summed_up(seen()), "granian": summed_up(seen(2.0))})
    assert found["ratio_to_litestar"] == {"token": 0.125, "profile": 0.2, "webhook": 0.1, "predict": 0.025}
    assert set(found["servers"]) == {"uvicorn", "granian"}
    assert json.loads(json.dumps(found)) == found


def test_the_table_has_a_line_for_each_case():
    lines = table("sqlite, uvicorn", summed_up(seen())).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == list(CPU_MS)


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if b"wrong" in body else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.mark.system
def test_each_request_is_sent_once_and_a_failure_is_told():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        burst = many(url, lambda number: Call("POST", "/", {}, {"number": number}), range(50), at_once=4)
        assert len(burst.each_s) == 50
        assert burst.all_s >= max(burst.each_s) > 0
        with pytest.raises(RuntimeError, match="500"):
            many(url, lambda _: Call("POST", "/", {}, "wrong"), range(2))
        server.shutdown()
