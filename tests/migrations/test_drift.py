"""A service's migrations and its models describe the same tables, on both databases."""

from __future__ import annotations

import pytest

from servicekit.data.migrations import check_drift, downgrade, upgrade

SERVICES = ("ayda_service", "predictor_service")


@pytest.mark.parametrize("service", SERVICES)
def test_an_upgraded_empty_database_matches_the_models(service: str, url: str):
    upgrade(service, url)
    assert check_drift(service, url) == []


@pytest.mark.parametrize("service", SERVICES)
def test_upgrading_twice_changes_nothing(service: str, url: str):
    upgrade(service, url)
    upgrade(service, url)
    assert check_drift(service, url) == []


@pytest.mark.parametrize("service", SERVICES)
def test_an_upgrade_can_be_taken_back_and_made_again(service: str, url: str):
    upgrade(service, url)
    downgrade(service, url, "base")
    upgrade(service, url)
    assert check_drift(service, url) == []
