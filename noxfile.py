"""Every task of the project. `python3 noxfile.py -s NAME` works on a machine that has only Python and git."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".nox" / ".tools"


def _bootstrap() -> int:
    """Fetch nox beside the project, touching nothing else, and run it."""
    stamp = TOOLS / f"python-{sys.version_info.major}.{sys.version_info.minor}"
    if not stamp.is_file():
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
        ]
        locked = ["--require-hashes", "-r", str(ROOT / "locks" / "tools.txt")]
        done = subprocess.run([*pip, "--target", str(TOOLS), "--upgrade", *locked], check=False)
        if done.returncode:
            sys.stderr.write("Could not fetch nox: this needs pip for the Python you run, and the network once.\n")
            return done.returncode
        stamp.touch()
    path = os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PYTHONPATH": str(TOOLS), "PATH": path}
    return subprocess.call([sys.executable, "-m", "nox", "-f", __file__, *sys.argv[1:]], env=environment)


try:
    import nox
except ModuleNotFoundError:
    raise SystemExit(_bootstrap()) from None

os.environ.pop("PYTHONPATH", None)  # the bootstrap must not leak into the sessions
os.environ.setdefault("UV_SYSTEM_CERTS", "true")  # trust what the machine trusts, as pip does
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["test"]

PACKAGES = ("kernel", "trackfiles", "servicekit", "ayda_service", "predictor_service", "simulators", "cli")
SERVICES = ("ayda_service", "predictor_service")
# small matrices: more threads than one only slow numpy down
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "PACT_DO_NOT_TRACK": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


def _install(session: nox.Session, lock: str) -> None:
    """Install one lock file, once: a second run needs no network."""
    path = ROOT / "locks" / f"{lock}.txt"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed.sha256"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    session.install("--require-hashes", "-r", str(path), silent=True)
    stamp.write_text(digest)


@nox.session
def ayda(session: nox.Session) -> None:
    """Run the command: `-- predict ROUTE.gpx --pace 5:30`, `-- history PATH`, `-- compare ROUTE.gpx RECORDED.gpx`."""
    _install(session, "run")
    command = [str(Path(session.bin) / "python"), "-m", "cli", *session.posargs]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    # paths are meant where the person stands, and the exit code is the command's own
    code = subprocess.call(command, cwd=session.invoked_from, env=environment)
    if code:
        raise SystemExit(code)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the whole house on this machine: `-- --gpx FILE`, `-- --exit`, `-- --json`."""
    _install(session, "run")
    # nox would mix the log into stdout, where `--json` promises one object and nothing else
    session.run("python", "-m", "cli", "demo", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def test(session: nox.Session) -> None:
    """Run the tests; PostgreSQL and Redis suites run when the servers answer."""
    _install(session, "test")
    session.run("python", "-m", "pytest", *(session.posargs or ["tests"]), env=ENVIRONMENT)


@nox.session
def services(session: nox.Session) -> None:
    """Run both services' whole suites on PostgreSQL, and everything that needs Redis."""
    _install(session, "test")
    environment = {**ENVIRONMENT, "AYDA_TEST_POSTGRES": "1", "AYDA_REQUIRE_SERVICES": "1"}
    session.run("python", "-m", "pytest", "tests/ayda", "tests/predictor", *session.posargs, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, the direction of imports and the laws of the house."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports", "--no-cache")
    session.run("python", "-m", "tools.laws", *PACKAGES)


@nox.session
def contracts(session: nox.Session) -> None:
    """Write the pacts with the real clients, then verify the real services against them."""
    _install(session, "test")
    session.run("python", "-m", "pytest", "tests/contracts", *session.posargs, env=ENVIRONMENT)


@nox.session
def breaking(session: nox.Session) -> None:
    """Make each seeded breaking change in a copy of the tree: the contract tests must fail; `-- WORD` chooses."""
    _install(session, "test")
    session.run("python", "-m", "tests.contracts.breaking", *session.posargs, env=ENVIRONMENT)


@nox.session
def can_i_deploy(session: nox.Session) -> None:
    """Check a service against what is deployed: `-- ayda_service` or `-- predictor_service`."""
    _install(session, "test")
    session.run("python", "tools/can_i_deploy.py", *session.posargs, env=ENVIRONMENT)


@nox.session
def migrations(session: nox.Session) -> None:
    """Check that each service's migration tree and its models say the same, on every database that answers."""
    _install(session, "test")
    session.run("python", "-m", "pytest", "tests/migrations", *session.posargs, env=ENVIRONMENT)


@nox.session
def accuracy(session: nox.Session) -> None:
    """Measure predictions on real recordings and write docs/accuracy.md; needs AYDA_EVAL_DATA."""
    _install(session, "run")
    session.run("python", "-m", "benchmarks.accuracy", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the speed of the kernel and of the services, with ratios in one run."""
    _install(session, "run")
    session.run("python", "-m", "benchmarks.kernel_speed", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)
    session.run("python", "-m", "benchmarks.service_load", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def drill(session: nox.Session) -> None:
    """Run reliability bars in their long form: `-- T1 W1 ...`, or all of them."""
    _install(session, "test")
    chosen = " or ".join(f"test_{bar.lower()}_" for bar in session.posargs)
    only = ["-k", chosen] if chosen else []
    session.run("python", "-m", "pytest", "tests/drills", "-s", *only, env={**ENVIRONMENT, "AYDA_DRILL": "1"})


@nox.session
def malformed(session: nox.Session) -> None:
    """Read 500 malformed files in a child: codes, crashes, the slowest, memory; `-- SEED` draws other mutations."""
    _install(session, "run")
    session.run("python", "-m", "tests.trackfiles.malformed", *session.posargs, env=ENVIRONMENT)


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Write locks/*.txt anew from pyproject.toml; needs uv."""
    compile_ = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    compile_ += ["--no-annotate", "--no-emit-index-url", "--no-header"]
    groups = ["--extra", "production", "--group", "test"]
    session.run(*compile_, "--group", "tools", "-o", "locks/tools.txt", external=True)
    compile_ += ["pyproject.toml"]
    session.run(*compile_, "-o", "locks/run.txt", external=True)
    session.run(*compile_, *groups, "-c", "locks/run.txt", "-o", "locks/test.txt", external=True)
    session.run(*compile_, *groups, "--group", "lint", "-c", "locks/test.txt", "-o", "locks/lint.txt", external=True)


if __name__ == "__main__":
    raise SystemExit(subprocess.call([sys.executable, "-m", "nox", "-f", __file__, *sys.argv[1:]]))
