"""PostgreSQL and Valkey of compose.yaml as programs of this machine, in folders that go with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.drills.own_postgres import programs_of_postgres
from tests.stack.plan import ROOT, BadPlan, Planned
from tests.stack.translated import HOST, Local, program

_OWNER = "postgres"
_DATA = "/var/lib/postgresql/data"


def is_postgres(service: Planned) -> bool:
    return service.image.startswith("postgres:")


def adapted(service: Planned, local: Local, folder: Path) -> Local:
    """The same command with the names that these programs have here; PostgreSQL is told where its volume is."""
    if is_postgres(service):
        binaries = _binaries()
        command = [str(binaries / local.command[0]), *local.command[1:], "-D", str(folder / "postgres")]
        command += ["-h", HOST, "-k", ""]
        health = [str(binaries / (local.health or [])[0]), *(local.health or [])[1:]]
        return Local(command, health, local.environment, local.port)
    if service.image.startswith("valkey/"):
        return Local(_as_redis(local.command), _as_redis(local.health or []), local.environment, local.port)
    return local


def user_of(service: Planned) -> str | None:
    """Whom it runs as, where this is root's process: the server refuses that."""
    return _OWNER if is_postgres(service) and os.geteuid() == 0 else None


def prepare_postgres(service: Planned, local: Local, folder: Path) -> None:
    """What the image's entry point does with an empty volume: makes a cluster, and runs what stands in its folder."""
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if user_of(service) is not None:
        for each in (folder, data):
            shutil.chown(each, _OWNER)
    _run(service, "initdb", "--auth=trust", f"--username={_OWNER}", "--no-sync", "-D", str(data), local=local)
    server = f"-p {local.port} -h {HOST} -k ''"
    log = ["-l", str(data / "log")]
    _run(service, "pg_ctl", "start", "-w", "-D", str(data), "-o", server, *log, local=local)
    # what it could do without passwords ends here: from now on they are asked for
    try:
        for seen_at, source in service.mounts.items():
            if seen_at.startswith("/docker-entrypoint-initdb.d/"):
                script = str(ROOT / str(source))
                at = ["-h", HOST, "-p", str(local.port), "-U", _OWNER, "-d", _OWNER, "-X", "-q"]
                _run(service, "psql", *at, "-f", script, local=local)
    finally:
        _run(service, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data), local=local)
    (data / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n")


def _as_redis(command: list[str]) -> list[str]:
    name, *rest = command
    return [str(program(name.replace("valkey", "redis", 1))), *rest]


def _binaries() -> Path:
    found = programs_of_postgres()
    if found is None:
        raise BadPlan("PostgreSQL is not installed; .ci/services installs it")
    return found


def _run(service: Planned, name: str, *arguments: str, local: Local) -> None:
    done = subprocess.run(
        [str(_binaries() / name), *arguments],
        user=user_of(service),
        env=local.environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise BadPlan(f"{name} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
