"""A service's migrations and its models describe the same tables, on both databases."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from servicekit.data.engine import driver_url
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


@pytest.mark.parametrize("service", SERVICES)
def test_sqlite_has_for_every_column_the_very_type_of_its_model(service: str, tmp_path: Path):
    """Word by word, and so without the judgement of the tool that compares them otherwise."""
    url = f"sqlite:///{tmp_path / 'service.db'}"
    upgrade(service, url)
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        for table in import_module(f"{service}.models").Base.metadata.sorted_tables:
            stored = connection.exec_driver_sql(f"PRAGMA table_info({table.name})").all()
            types = {column.name: column.type.compile(engine.dialect) for column in table.columns}
            assert {row.name: row.type for row in stored} == types, table.name
    engine.dispose()


def test_the_tables_of_the_services_never_mix():
    ayda, predictor = (import_module(f"{service}.models").Base for service in SERVICES)
    assert ayda.metadata is not predictor.metadata
    assert ayda.registry is not predictor.registry
    for base, other in ((ayda, predictor), (predictor, ayda)):
        classes = {mapper.class_.__module__.split(".")[0] for mapper in base.registry.mappers}
        assert classes == {base.__module__.split(".")[0]}
        assert not {table for table in base.metadata.sorted_tables if table in set(other.metadata.sorted_tables)}
