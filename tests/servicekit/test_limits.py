from __future__ import annotations

import pytest

from servicekit.web.limits import Limits, connections_within, raise_descriptor_limit


@pytest.mark.parametrize("descriptors", [256, 1024, 4096, 16_384, 1_000_000])
@pytest.mark.parametrize("servers", [1, 2])
def test_connections_leave_descriptors_for_everything_else(descriptors: int, servers: int):
    allowed = connections_within(descriptors, servers=servers)
    assert 8 <= allowed <= Limits().connections
    assert 2 * servers * allowed + 100 <= descriptors


def test_the_descriptors_of_a_process_are_as_many_as_it_may_have():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        raised = raise_descriptor_limit()
        assert raised == resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(soft, 512)
        assert raised in {hard, 16_384}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
