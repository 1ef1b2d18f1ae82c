"""`python -m tools.pictures [NAME ...]` runs the demo and writes docs/pictures/NAME.png; exits 1 for one too large."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from tools.pictures.browser import chromium
from tools.pictures.scenes import SCENES, Places, Scene

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "pictures"
MOST_BYTES: Final = 150_000
_COLOURS: Final = 256
_PHONE_BELOW_PX: Final = 800
"""What is narrower is a phone, whose pixels are finer."""
_CHAT, _PAGE, _READY = "the chat (simulated Telegram)", "the page, for anyone", "Serving until"


def main(names: Sequence[str]) -> int:
    """Takes those of these names, all without any."""
    unknown = set(names) - {scene.name for scene in SCENES}
    if unknown:
        print(f"There is no picture {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with running_demo() as places, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        sizes = {scene.name: _take(browser, scene, places) for scene in SCENES if not names or scene.name in names}
        browser.close()
    for name, size in sizes.items():
        print(f"{name:20} {size / 1000:5.0f} kB{'' if size <= MOST_BYTES else '  too large'}")
    return int(max(sizes.values()) > MOST_BYTES)


@contextmanager
def running_demo() -> Iterator[Places]:
    """The demo, once its story has been told."""
    command = [sys.executable, "-m", "cli", "demo"]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found: dict[str, str] = {}
    try:
        for line in demo.stderr or ():
            sys.stderr.write(line)
            for what in (_CHAT, _PAGE):
                if what in line:
                    found[what] = line.split()[-1]
            if line.startswith(_READY):
                break
        else:
            raise SystemExit("The demo ended before it served.")
        yield Places(found[_CHAT], found[_PAGE])
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)


def _take(browser: Any, scene: Scene, places: Places) -> int:
    width, height = scene.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5 if width < _PHONE_BELOW_PX else 1,
        color_scheme=scene.scheme,
        locale=scene.language,
        reduced_motion="reduce",
    )
    page = context.new_page()
    shown = scene.lead(page, places) or page
    path = FOLDER / f"{scene.name}.png"
    path.write_bytes(_small(shown.screenshot()))
    context.close()
    return path.stat().st_size


def _small(png: bytes) -> bytes:
    """The same picture with as many colours as its kind needs."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
