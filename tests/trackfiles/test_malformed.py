from __future__ import annotations

from tests.trackfiles.malformed.corpus import SIZE, corpus
from tests.trackfiles.malformed.run import MOST_RSS_MB, run


def test_malformed_files_neither_crash_nor_surprise_and_every_one_has_a_code() -> None:
    """Bar P1: 500 files, each an outing or a code that was expected, in one child that never had to be replaced."""
    cases = corpus(seed=1)
    assert len(cases) == SIZE
    assert len({case.name for case in cases}) == SIZE
    verdict = run(cases)
    assert verdict.surprises == []
    assert verdict.crashes == 0
    assert len(set(verdict.codes)) > 25
    assert verdict.rss_mb < MOST_RSS_MB
