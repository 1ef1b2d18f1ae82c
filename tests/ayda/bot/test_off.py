"""Where the bot is off, nothing of it is there."""

from __future__ import annotations

import subprocess
import sys


def test_an_ayda_without_a_bot_loads_none_of_its_library():
    code = "import sys, ayda_service.app, ayda_service.parts; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
