"""Whether a service may be deployed next to what is deployed now: `python tools/can_i_deploy.py ayda_service`.

A deployment moves the git tag `deployed/SERVICE`. First the service's consumer tests run: its committed pact must be
what it really asks for. Then its new provider side is verified against the pact its deployed consumers were built with,
and its new consumer side by the provider code that is deployed. No broker, no network.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("ayda_service", "predictor_service")


@dataclass(frozen=True, slots=True)
class Check:
    """Verify `provider`, as it is in `tree`, against the pact file `pact`."""

    provider: str
    consumer: str
    tree: Path
    pact: Path
    sentence: str


Verify = Callable[[Check], bool]
Fresh = Callable[[Path, str, Path], bool]

CONSUMER_TESTS = {
    "ayda_service": "tests/contracts/ayda_asks",
    "predictor_service": "tests/contracts/predictor_asks",
}


def git(root: Path, *arguments: str) -> str:
    """What git prints; raises when git refuses."""
    done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def is_deployed(root: Path, service: str) -> bool:
    """Whether a tag says that some version of the service is deployed."""
    return bool(git(root, "tag", "--list", f"deployed/{service}").strip())


def pact_name(consumer: str, provider: str) -> str:
    """The file name of the contract between two services."""
    return f"{consumer}-{provider}.json"


def checks(root: Path, service: str, scratch: Path) -> Iterator[Check]:
    """What has to hold before `service` at HEAD may run beside the deployed others."""
    for other in SERVICES:
        if other == service or not is_deployed(root, other):
            continue
        tag = f"deployed/{other}"
        deployed_pact = scratch / pact_name(other, service)
        deployed_pact.write_text(git(root, "show", f"{tag}:pacts/{deployed_pact.name}"), encoding="utf-8")
        yield Check(service, other, root, deployed_pact, f"new {service} serves the deployed {other}")
        tree = scratch / other
        git(root, "worktree", "add", "--detach", "--force", str(tree), tag)
        pact = root / "pacts" / pact_name(service, other)
        yield Check(other, service, tree, pact, f"the deployed {other} serves new {service}")


def is_fresh(root: Path, service: str, scratch: Path) -> bool:
    """Whether the committed pact of the service is what its consumer tests write today."""
    environment = {**os.environ, "AYDA_PACTS_FOLDER": str(scratch / "fresh")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", CONSUMER_TESTS[service]]
    if subprocess.run(command, cwd=root, env=environment, check=False).returncode != 0:
        return False
    names = [pact_name(service, other) for other in SERVICES if other != service]
    return all((scratch / "fresh" / name).read_bytes() == (root / "pacts" / name).read_bytes() for name in names)


def verify(check: Check) -> bool:
    """Run the provider verification of the tree against the pact file."""
    environment = {**os.environ, "AYDA_PACT_FILE": str(check.pact)}
    test = f"tests/contracts/test_{check.provider}_provides.py"
    command = [sys.executable, "-m", "pytest", "-q", test]
    return subprocess.run(command, cwd=check.tree, env=environment, check=False).returncode == 0


def decide(root: Path, service: str, verify_check: Verify = verify, fresh: Fresh = is_fresh) -> int:
    """0 when every check holds, 1 when one does not; prints one line for each."""
    with tempfile.TemporaryDirectory(prefix="can-i-deploy-") as name:
        held = fresh(root, service, Path(name).resolve())
        print(f"{'yes' if held else 'NO '}  the committed pact of {service} is what it asks for")
        try:
            found = False
            for check in checks(root, service, Path(name).resolve()):
                found = True
                passed = verify_check(check)
                held = held and passed
                print(f"{'yes' if passed else 'NO '}  {check.sentence}")
            if not found:
                print(f"yes  nothing is deployed beside {service} (no deployed/* tag of the other service)")
        finally:
            for other in SERVICES:
                tree = Path(name).resolve() / other
                if tree.exists():
                    git(root, "worktree", "remove", "--force", str(tree))
    return 0 if held else 1


def main(arguments: list[str]) -> int:
    """Check the service named on the command line."""
    if len(arguments) != 1 or arguments[0] not in SERVICES:
        print(f"Name one service: {' or '.join(SERVICES)}.", file=sys.stderr)
        return 2
    return decide(Path(__file__).resolve().parent.parent, arguments[0])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
