from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.cache import Cache, cache_folder, code_version


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back(tmp_path: Path):
    Cache(tmp_path, "1").put("a key", b"content")
    assert Cache(tmp_path, "1").get("a key") == b"content"
    assert Cache(tmp_path, "1").get("another key") is None


def test_another_version_sees_nothing(tmp_path: Path):
    Cache(tmp_path, "1").put("a key", b"content")
    assert Cache(tmp_path, "2").get("a key") is None


@pytest.mark.parametrize("damage", [b"", b"x", b"content without its check"])
def test_a_damaged_entry_counts_as_absent_and_is_written_anew(tmp_path: Path, damage: bytes):
    cache = Cache(tmp_path, "1")
    cache.put("a key", b"content")
    entries(tmp_path)[0].write_bytes(damage)
    assert cache.get("a key") is None
    cache.put("a key", b"content")
    assert cache.get("a key") == b"content"


def test_a_truncated_entry_counts_as_absent(tmp_path: Path):
    cache = Cache(tmp_path, "1")
    cache.put("a key", b"content")
    entry = entries(tmp_path)[0]
    entry.write_bytes(entry.read_bytes()[:-1])
    assert cache.get("a key") is None


def test_a_folder_that_cannot_be_written_remembers_nothing_and_hurts_nobody(tmp_path: Path):
    (tmp_path / "1").write_text("a file where the folder should be")
    cache = Cache(tmp_path, "1")
    cache.put("a key", b"content")
    assert cache.get("a key") is None


def test_runs_at_the_same_time_see_whole_entries_only(tmp_path: Path):
    contents = [bytes([number]) * 50_000 for number in range(8)]

    def write_and_read(content: bytes) -> bytes | None:
        cache = Cache(tmp_path, "1")
        cache.put("one key", content)
        return cache.get("one key")

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(write_and_read, contents * 5))
    assert set(seen) <= set(contents)
    assert len(entries(tmp_path)) == 1


def test_the_folder_is_the_one_asked_for_or_the_users_own():
    assert cache_folder({"AYDA_CACHE": "/somewhere"}) == Path("/somewhere")
    assert cache_folder({"AYDA_CACHE": ""}) is None
    assert cache_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/ayda")
    assert cache_folder({"XDG_CACHE_HOME": "relative"}) == Path("~/.cache/ayda").expanduser()
    assert cache_folder({}) == Path("~/.cache/ayda").expanduser()


def test_the_version_of_code_changes_with_any_of_its_files(tmp_path: Path):
    package, module = tmp_path / "package", tmp_path / "module.py"
    package.mkdir()
    (package / "a.py").write_text("x = 1")
    module.write_text("y = 1")
    seen = [code_version([package, module])]
    assert code_version([package, module]) == seen[0]
    (package / "a.py").write_text("x = 2")
    seen.append(code_version([package, module]))
    (package / "b.py").write_text("")
    seen.append(code_version([package, module]))
    module.write_text("y = 2")
    seen.append(code_version([package, module]))
    assert len(set(seen)) == 4
