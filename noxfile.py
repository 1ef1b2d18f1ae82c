"""Every task of the project. `python3 noxfile.py -s NAME` works on a machine that has only Python and git.

An old Python must be able to read this file, so that it can say that it is too old: keep its syntax that of 3.6.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".nox" / ".tools"
OLDEST = (3, 11)


def _become(command: list, environment: dict) -> None:
    """Put a command in the place of this process, so that signals and the exit code are its own."""
    if os.name == "nt":
        raise SystemExit(subprocess.call(command, env=environment))
    sys.stdout.flush()
    os.execvpe(command[0], command, environment)


def _old_python() -> None:
    """Hand over to a newer one, which uv knows or gets; else say so."""
    uv = shutil.which("uv")
    if uv is not None:
        wanted = ["--no-project", "--python", f">={OLDEST[0]}.{OLDEST[1]}"]
        _become([uv, "run", *wanted, "python", __file__, *sys.argv[1:]], dict(os.environ))
    sys.exit(
        f"Ayda needs Python {OLDEST[0]}.{OLDEST[1]} or newer and this is {sys.version_info[0]}.{sys.version_info[1]}:"
        " run this with a newer one (such as `python3.12 noxfile.py`), from https://www.python.org/downloads/ or your"
        " system's packages."
    )


def _run_nox() -> None:
    path = os.pathsep.join([str(TOOLS / "bin"), os.environ.get("PATH", "")])
    environment = dict(os.environ, PYTHONPATH=str(TOOLS), PATH=path) if TOOLS.is_dir() else dict(os.environ)
    _become([sys.executable, "-m", "nox", "-f", __file__, *sys.argv[1:]], environment)


def _bootstrap() -> None:
    """Fetch nox beside the project, touching nothing else, and run it; or say in one sentence what is missing."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    stamp = TOOLS / f"python-{sys.version_info.major}.{sys.version_info.minor}"
    if not stamp.is_file():
        _fetch_nox()
        stamp.touch()
    _run_nox()


def _fetch_nox() -> None:
    uv, tools = shutil.which("uv"), ["--quiet", "--target", str(TOOLS), "--upgrade"]
    if uv is not None:
        command = [uv, "pip", "install", "--python", sys.executable, *tools]
    else:
        command = [_python_with_pip(), "-m", "pip", "install", *tools]
        command += ["--disable-pip-version-check", "--root-user-action=ignore", "--retries=1"]
    command += ["--require-hashes", "-r", str(ROOT / "locks" / "tools.txt")]
    environment = dict(os.environ, UV_HTTP_RETRIES="1")
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    if done.returncode:
        said = [line.strip()[:300] for line in done.stderr.splitlines() if line.strip()]
        why = next((line for line in said if "error" in line.lower()), "it did not say why")
        sys.exit(
            "Could not fetch nox, which the first run gets from the network: connect this machine, or name an index it"
            f" can reach (PIP_INDEX_URL, for uv UV_DEFAULT_INDEX), and run the same again ({why})."
        )


def _python_with_pip() -> str:
    """This Python, or one of the project's own that venv makes."""
    if _succeeds(sys.executable, "-m", "pip", "--version"):
        return sys.executable
    own = ROOT / ".nox" / ".pip"
    if _succeeds(sys.executable, "-m", "venv", str(own)):
        return str(own / ("Scripts" if os.name == "nt" else "bin") / "python")
    shutil.rmtree(str(own), ignore_errors=True)
    sys.exit(
        "This Python has neither pip nor venv, and one of them must fetch the rest: on Debian and Ubuntu run"
        " `sudo apt install python3-pip` (or python3-venv), elsewhere `python3 -m ensurepip`, and then the same again."
    )


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


os.environ.setdefault("UV_SYSTEM_CERTS", "true")  # trust what the machine trusts, as pip does
if sys.version_info < OLDEST:
    _old_python()
try:
    import nox
except ModuleNotFoundError:
    _bootstrap()

os.environ.pop("PYTHONPATH", None)  # the bootstrap must not leak into the sessions
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["test"]

PACKAGES = (
    *("kernel", "languages", "trackfiles", "takealong", "servicekit"),
    *("ayda_service", "predictor_service", "simulators", "cli"),
)
SERVICES = ("ayda_service", "predictor_service")
PARALLEL = ("-n", "auto", "--dist", "loadscope")  # by tests/conftest.py: only what shares files stays together
# small matrices: more threads than one only slow numpy down
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "PACT_DO_NOT_TRACK": "true",
    "PYTHONUNBUFFERED": "1",
}


def _install(session: nox.Session, lock: str) -> None:
    """Install one lock file, once: a second run needs no network."""
    path = ROOT / "locks" / f"{lock}.txt"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed.sha256"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    try:
        session.install("--require-hashes", "-r", str(path), silent=True)
    except nox.command.CommandFailed:
        session.error("Could not fetch what this session needs: its first run needs the network. Then run it again.")
    if lock == "run":
        _compile(session)
    stamp.write_text(digest)


def _compile(session: nox.Session) -> None:
    """Compile everything once, so that no later start does; tests of packages are never run."""
    where = [str(Path(session.virtualenv.location, "lib")), *PACKAGES]
    tests = r"[/\\]tests?[/\\]"
    session.run("python", "-m", "compileall", "-q", "-j", "0", "-x", tests, *where, silent=True, success_codes=[0, 1])


@nox.session
def ayda(session: nox.Session) -> None:
    """Run the command: `-- predict ROUTE.gpx --pace 5:30`, `-- history PATH`, `-- compare ROUTE.gpx RECORDED.gpx`."""
    _install(session, "run")
    os.chdir(session.invoked_from)  # paths are meant where the person stands
    _become_ayda(session)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the whole house on this machine: `-- --gpx FILE`, `-- --exit`, `-- --json`."""
    _install(session, "run")
    _become_ayda(session, "demo")


def _become_ayda(session: nox.Session, *command: str) -> None:
    """Run `ayda` in nox's place: its exit code, its stdout and the signals it gets are its own."""
    _become(
        [str(Path(session.bin) / "python"), "-m", "cli", *command, *session.posargs],
        {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)},
    )


@nox.session
def test(session: nox.Session) -> None:
    """Run the tests, as many at once as there are cores; PostgreSQL and Redis suites run when the servers answer."""
    _install(session, "test")
    session.run("python", "-m", "pytest", *(session.posargs or [*PARALLEL, "tests"]), env=ENVIRONMENT)


@nox.session
def collect(session: nox.Session) -> None:
    """Import every test, silently unless one cannot be: what is missing is known before the long run."""
    _install(session, "test")
    session.run("python", "-m", "pytest", "--collect-only", "-qqq", "tests", env=ENVIRONMENT, silent=True)


@nox.session
def services(session: nox.Session) -> None:
    """Run both services' whole suites on PostgreSQL, and everything that needs Redis."""
    _install(session, "test")
    environment = {**ENVIRONMENT, "AYDA_TEST_POSTGRES": "1", "AYDA_REQUIRE_SERVICES": "1"}
    # the browser's houses have files of their own for databases, whatever is set
    folders = ("tests/ayda", "tests/predictor", "--ignore", "tests/ayda/web")
    session.run("python", "-m", "pytest", *PARALLEL, *folders, *session.posargs, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, the direction of imports and the laws of the house."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports", "--no-cache")
    session.run("python", "-m", "tools.laws", *PACKAGES)
    session.run("python", "-m", "tools.gaps")


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
def fit(session: nox.Session) -> None:
    """Print the model's numbers under which real histories are likeliest; needs AYDA_EVAL_DATA, `-- --folds 3` too."""
    _install(session, "run")
    session.run("python", "-m", "benchmarks.fit_likelihood", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def robustness(session: nox.Session) -> None:
    """Print how far a forecast moves when a course is another file of the same course, beside the goal."""
    _install(session, "run")
    session.run("python", "-m", "benchmarks.robustness", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the speed of the kernel, of the services and of a club's questions, with ratios in one run."""
    _install(session, "run")
    session.run("python", "-m", "benchmarks.kernel_speed", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)
    session.run("python", "-m", "benchmarks.service_load", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)
    session.run("python", "-m", "benchmarks.club", *session.posargs, env=ENVIRONMENT, stderr=sys.stderr)


@nox.session
def drill(session: nox.Session) -> None:
    """Run reliability bars in their long form: `-- T1 W1 ...`, or all of them."""
    _install(session, "test")
    chosen = " or ".join(f"test_{bar.lower()}_" for bar in session.posargs)
    only = ["-k", chosen] if chosen else []
    session.run("python", "-m", "pytest", "tests/drills", "-s", *only, env={**ENVIRONMENT, "AYDA_DRILL": "1"})


@nox.session
def stack(session: nox.Session) -> None:
    """Start what compose.yaml describes as local processes and walk the demo over it; `-- --kill` kills each once."""
    _install(session, "test")
    session.run("python", "-m", "tests.stack", *session.posargs, env=ENVIRONMENT)


@nox.session
def pictures(session: nox.Session) -> None:
    """Take the pictures of README and docs/use.md from a running demo; needs Chromium, `-- NAME` for one of them."""
    _install(session, "test")
    session.run("python", "-m", "tools.pictures", *session.posargs, env=ENVIRONMENT)


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
    production = ["--extra", "production", "--extra", "traces"]
    groups = [*production, "--group", "test"]
    session.run(*compile_, "--group", "tools", "-o", "locks/tools.txt", external=True)
    compile_ += ["pyproject.toml"]
    session.run(*compile_, "-o", "locks/run.txt", external=True)
    session.run(*compile_, *production, "-c", "locks/run.txt", "-o", "locks/production.txt", external=True)
    session.run(*compile_, *groups, "-c", "locks/production.txt", "-o", "locks/test.txt", external=True)
    session.run(*compile_, *groups, "--group", "lint", "-c", "locks/test.txt", "-o", "locks/lint.txt", external=True)


if __name__ == "__main__":
    _run_nox()
