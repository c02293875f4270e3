"""Draw scenes of the harness in Chromium and keep a picture of each.

Run `npm run harness` in `js/` first.  Usage: `python shots.py OUT [SCENE:THEME:WIDTH ...]`;
a theme is light, dark or forced (the system's own high contrast).
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ADDRESS = f"http://127.0.0.1:{os.environ.get('PORT', '8137')}"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SHOTS = ["talk:light:900", "talk:dark:900", "empty:light:900"]


def main(out: Path, shots: list[str]) -> None:
    """Write one PNG per shot into *out*."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*ARGS, "--disable-background-networking", "--disable-component-update"],
        )
        for shot in shots:
            scene, theme, width = shot.split(":")
            page = browser.new_page(
                viewport={"width": int(width), "height": 800},
                forced_colors="active" if theme == "forced" else "none",
            )
            page.on("console", lambda message: sys.stdout.write(f"{message.text}\n"))
            page.on("pageerror", lambda error: sys.stdout.write(f"{error}\n"))
            page.goto(f"{ADDRESS}/?scene={scene}&theme={theme}")
            page.wait_for_selector("body[data-ready]", timeout=30_000)
            page.wait_for_timeout(400)
            page.screenshot(path=out / f"{scene}-{theme}-{width}.png", full_page=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or SHOTS)
