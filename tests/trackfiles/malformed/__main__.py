"""`python -m tests.trackfiles.malformed [SEED]`: reads 500 malformed files in children; prints what became of them."""

from __future__ import annotations

import sys
from collections import Counter

from tests.trackfiles.malformed.corpus import corpus
from tests.trackfiles.malformed.run import MOST_RSS_MB, SLOWEST_S, Verdict, run


def main(arguments: list[str]) -> int:
    """Print the table of codes and the four numbers that count; the exit code says whether all hold."""
    cases = corpus(int(arguments[0]) if arguments else 1)
    verdict = run(cases)
    for code, count in Counter(verdict.codes).most_common():
        print(f"{count:5d}  {code}")
    for sentence in verdict.surprises:
        print(sentence)
    print(f"files {len(cases)}, crashes {verdict.crashes}, surprises {len(verdict.surprises)}")
    print(f"slowest {verdict.slowest_s * 1000:.0f} ms ({verdict.slowest_name}), largest child {verdict.rss_mb:.0f} MB")
    return 0 if _holds(verdict) else 1


def _holds(verdict: Verdict) -> bool:
    return (
        not verdict.crashes and not verdict.surprises and verdict.slowest_s < SLOWEST_S and verdict.rss_mb < MOST_RSS_MB
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
