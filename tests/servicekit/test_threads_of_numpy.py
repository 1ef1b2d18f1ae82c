"""How many threads numpy may use in each process of ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

NAME = "OPENBLAS_NUM_THREADS"


@pytest.mark.parametrize("entry", ["ayda_service", "predictor_service", "cli"])
@pytest.mark.parametrize(("said", "holds"), [({}, "1"), ({NAME: "3"}, "3")])
def test_every_entry_limits_numpy_to_one_thread_before_it_is_imported_unless_the_operator_says_otherwise(
    entry: str, said: dict[str, str], holds: str
):
    environ = {name: value for name, value in os.environ.items() if name != NAME} | said
    asked = f"import os, sys, {entry}; print(os.environ['{NAME}'], 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [holds, "False"]
