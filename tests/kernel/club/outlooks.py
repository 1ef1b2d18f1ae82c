"""Made-up people on a made-up course."""

from __future__ import annotations

from hypothesis import strategies as st

from kernel.club.matching import Outlook

doubts = st.floats(0.05, 0.6)
slopes = st.floats(-0.15, 0.15)
log_times = st.floats(6.5, 11.5)
"""Eleven minutes to a day."""
outlooks = st.builds(Outlook, log_times, doubts, slopes, slopes)
FEW_TIMES = (8.0, 8.04, 8.1, 8.1001, 8.3, 9.2)
alike = st.builds(Outlook, st.sampled_from(FEW_TIMES), doubts, slopes, slopes)
"""Of whom many take exactly as long as another."""
names = st.text("abcdefgh", min_size=1, max_size=4)


def clubs(most: int = 9, least: int = 1) -> st.SearchStrategy[dict[str, Outlook]]:
    """Some people, by name."""
    return st.dictionaries(names, st.one_of(outlooks, alike), min_size=least, max_size=most)
