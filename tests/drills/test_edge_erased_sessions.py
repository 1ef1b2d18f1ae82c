"""EDGE: what vouched for a member before their erasure opens nothing after it, at any route of ayda."""

from __future__ import annotations

from pathlib import Path

from tests.ayda.support import MEMBER, init_data
from tests.drills.both_services import both_services
from tests.drills.reporting import report
from tests.drills.test_edge_identity import AYDAS_PUBLIC, UNAUTHORIZED, ask, every_route
from tests.drills.test_x5_foreign_objects import SERVICES_ONLY

TO_WHOM_WAS_ERASED = {"ErasureReceipt", "EraseMe"}
"""They are told what became of it, and nothing else."""


async def test_an_erased_members_old_proofs_are_accepted_nowhere(tmp_path: Path):
    async with both_services(tmp_path) as both:
        proof = {"Authorization": f"tma {init_data(both.clock, MEMBER)}"}
        opened = await both.ayda.http.post("/api/v1/session", headers=proof)
        session = {"Authorization": f"Bearer {opened.json()['token']}"}
        await both.ayda.connect(MEMBER)
        both.clock.advance(2)
        erased = await both.ayda.http.delete("/api/v1/me", headers=both.ayda.as_member(MEMBER))
        both.clock.advance(2)
        accepted, received, asked = [], 0, 0
        for name, method, address in every_route(both.ayda.app):
            if name in AYDAS_PUBLIC | SERVICES_ONLY | TO_WHOM_WAS_ERASED:
                continue
            for headers in (proof, session):
                answer = await ask(both.ayda.app, method, address, {**headers, "Content-Type": "application/json"})
                asked, received = asked + 1, received + answer.received
                if answer.status != UNAUTHORIZED:
                    accepted.append((name, answer.status))
        again = await both.ayda.token(MEMBER)
    report("EDGE sessions", requests=asked, accepted=len(accepted), bodies_received=received)
    assert erased.status_code == 200
    assert (accepted, received) == ([], 0)
    assert again.status_code == 404
