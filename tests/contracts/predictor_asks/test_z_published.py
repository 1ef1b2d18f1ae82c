"""The pact is written when everything before this has held; pytest runs this file last in its folder."""

from __future__ import annotations

import pytest

from tests.contracts.support import PactWriter


def test_the_pact_is_published(writer: PactWriter, request: pytest.FixtureRequest):
    writer.publish_if_complete(request)
