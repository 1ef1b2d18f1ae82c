"""`python -m tools.laws PACKAGE...` prints each breach and exits 1 when there is one."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.laws import database, rooms, sizes
from tools.laws.module import parse

EACH_MODULE = (*rooms.EACH_MODULE, *database.LAWS, *sizes.LAWS)
WHOLE_HOUSE = rooms.WHOLE_HOUSE


def main(packages: list[str]) -> int:
    """Print each breach as `path:line: sentence`."""
    paths = [path for package in packages for path in sorted(Path(package).rglob("*.py"))]
    modules = [parse(path, path.read_text(encoding="utf-8")) for path in paths]
    breaches = [breach for module in modules for law in EACH_MODULE for breach in law(module)]
    breaches += [breach for law in WHOLE_HOUSE for breach in law(modules)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
