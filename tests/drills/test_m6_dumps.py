"""M6: a dump from before upgrades comes back over what they have made, as `docs/operate.md` says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from servicekit.data.migrations import upgrade
from servicekit.data.revisions import revisions_of
from tests.drills.restore_house import SERVICES, dumped

VERSIONS: Final = {
    "ayda": b"SELECT version_num FROM alembic_version_ayda",
    "predictor": b"SELECT version_num FROM alembic_version_predictor",
}


@pytest.mark.postgres
@pytest.mark.parametrize("service", SERVICES)
def test_a_dump_from_before_upgrades_comes_back_and_is_migrated(service: str, tmp_path: Path):
    with dumped(tmp_path) as backups:
        url, package = backups.urls[service], f"{service}_service"
        for each in backups.urls.values():
            name = each.rpartition("/")[2]
            with psycopg.connect(each, autocommit=True) as connection:
                connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'.encode())
        upgrade(package, url, min(revisions_of(service).known))
        backups.take()
        upgrade(package, url)
        backups.put_back()
        upgrade(package, url)
        with psycopg.connect(url) as connection:
            at = connection.execute(VERSIONS[service]).fetchone()
            kept: Any = connection.execute(
                "SELECT datacl::text FROM pg_database WHERE datname = current_database()"
            ).fetchone()
    assert at == (revisions_of(service).head,)
    assert not re.search(r"[{,]=", kept[0]), "who may not connect still may not"
