"""`python -m tests.contracts.breaking [WORD...]`: every seeded change must make the contract tests fail.

Each is made in a copy of the tree, never here. With words only the changes whose story has one of them are tried.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.contracts.breaking.changes import CHANGES, Change

ROOT = Path(__file__).parents[3]
_BUILT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
COPIED = (*_BUILT["targets"]["wheel"]["packages"], "tests", "pacts", "tools", "pyproject.toml")
AT_ONCE = 2
CAUGHT = "red  "
COLOURS = {0: "GREEN", 1: CAUGHT}
"""By what pytest exits with; a tree that cannot even be imported would be no contract's merit."""


def copy_tree(folder: Path) -> Path:
    """The parts of the tree that the contract tests need."""
    folder.mkdir(exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def apply(change: Change, tree: Path) -> str:
    """Makes the change; the text that was there. ValueError when it does not fit exactly once."""
    file = tree / change.file
    text = file.read_text(encoding="utf-8")
    if text.count(change.old) != 1:
        raise ValueError(f"{change.story}: {change.file} has its text {text.count(change.old)} times")
    file.write_text(text.replace(change.old, change.new), encoding="utf-8")
    return text


def colour_of(change: Change, tree: Path) -> str:
    """What the contract tests are with the change; `VOID` where they cannot begin, so that it changes nothing.

    The pacts are put back as they are committed.
    """
    before = apply(change, tree)
    try:
        done = tried(tree, "-x")
    finally:
        (tree / change.file).write_text(before, encoding="utf-8")
        shutil.copytree(ROOT / "pacts", tree / "pacts", dirs_exist_ok=True)
    return COLOURS.get(done.returncode, "VOID ")


def tried(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The contract tests of a tree."""
    command = [sys.executable, "-m", "pytest", *options, "-q", "-p", "no:cacheprovider", "tests/contracts"]
    return subprocess.run(command, cwd=tree, capture_output=True, check=False, text=True)


def main(words: list[str]) -> int:
    """One line for each change; 1 when one of them goes unseen."""
    chosen = [change for change in CHANGES if not words or any(word in change.story for word in words)]
    with tempfile.TemporaryDirectory(prefix="breaking-") as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            (folder := Path(scratch) / str(number)).mkdir()
            trees.put(copy_tree(folder))

        sound = tried(copy_tree(Path(scratch) / "sound"), "--collect-only")
        if sound.returncode:
            print(f"Without any change the contract tests cannot even begin in a copy:\n{sound.stdout[-2000:]}")
            return 1

        def seen(change: Change) -> bool:
            tree = trees.get()
            try:
                colour = colour_of(change, tree)
            finally:
                trees.put(tree)
            print(f"{colour}  {change.story}", flush=True)
            return colour == CAUGHT

        caught = sum(pool.map(seen, chosen))
    print(f"{caught} of {len(chosen)} changes are caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
