"""Draws the house as it stands: `python -m tools.house [PACKAGE]` prints its rooms, their lines and who imports whom.

Without a package the rooms are the packages themselves. The picture is Mermaid, ready for docs/architecture.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import grimp

PACKAGES = ("kernel", "trackfiles", "takealong", "servicekit", "ayda_service", "predictor_service", "simulators", "cli")


def rooms_of(package: str | None) -> list[str]:
    """The packages, or the rooms and loose modules directly inside one of them."""
    if package is None:
        return list(PACKAGES)
    inside = sorted(Path(package.replace(".", "/")).iterdir())
    return [
        f"{package}.{path.stem}" for path in inside if (path.is_dir() and any(path.glob("*.py"))) or _is_module(path)
    ]


def _is_room(path: Path) -> bool:
    return path.is_dir() and any(path.glob("*.py"))


def _is_module(path: Path) -> bool:
    return path.suffix == ".py" and path.stem not in {"__init__", "__main__"}


def lines_of(room: str) -> int:
    """How many lines of Python stand in a room, migrations of the database apart."""
    place = Path(room.replace(".", "/"))
    files = [place.with_suffix(".py")] if not place.is_dir() else place.rglob("*.py")
    return sum(file.read_text(encoding="utf-8").count("\n") for file in files if "versions" not in file.parts)


def arrows(graph: grimp.ImportGraph, rooms: list[str]) -> dict[tuple[str, str], int]:
    """How many imports lead from one room into another."""
    found: dict[tuple[str, str], int] = {}
    for module in graph.modules:
        here = _room(module, rooms)
        for other in graph.find_modules_directly_imported_by(module):
            there = _room(other, rooms)
            if here and there and here != there:
                found[here, there] = found.get((here, there), 0) + 1
    return found


def _room(module: str, rooms: list[str]) -> str | None:
    return next((room for room in rooms if module == room or module.startswith(f"{room}.")), None)


def main(arguments: list[str]) -> int:
    """The picture, then how many arrows there are and how many of them lead back."""
    rooms = rooms_of(arguments[0].replace("/", ".") if arguments else None)
    found = arrows(grimp.build_graph(*PACKAGES, cache_dir=None), rooms)
    print("flowchart TD")
    for room in rooms:
        print(f"  {room.replace('.', '_')}[{room.rsplit('.', 1)[-1]}<br/>{lines_of(room)} lines]")
    for (here, there), count in sorted(found.items()):
        print(f"  {here.replace('.', '_')} -->|{count}| {there.replace('.', '_')}")
    both = sum((there, here) in found for here, there in found) // 2
    print(f"%% {len(rooms)} rooms, {len(found)} arrows, {both} pairs import each other both ways", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
