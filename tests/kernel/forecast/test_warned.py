from __future__ import annotations

from string import Formatter

import pytest

from kernel.forecast.warned import SENTENCES, WarningCode, told, warning_of
from kernel.tracks import Finding


@pytest.mark.parametrize("code", SENTENCES)
def test_every_warning_has_a_sentence_with_its_figures(code: WarningCode):
    names = [name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name]
    figures = {name: ["A", "B"] if name == "names" else "A" if name == "name" else 1234.5 for name in names}
    warning = told(code, figures)
    assert (warning.code, warning.detail) == (code, figures)
    assert "{" not in warning.message


def test_figures_are_told_in_their_units():
    said = warning_of(Finding("waypoints_off_course", {"count": 2.0, "names": ["Hut", "Lake"], "away_m": 2_400.0}))
    assert said.message == "Waypoints up to 2.4 km off the course were left out: Hut, Lake."
    said = warning_of(Finding("noisy_positions", {"longer_percent": 4.24}))
    assert "4.2 %" in said.message
