"""Finds the Chromium that the browser tests drive, and installs one where there is none.

Run as a script it prints the path, after trying in turn: a Chromium or Chrome of the system, Playwright's own, the
distribution's package (where apt-get and the right to use it are there).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> Path | None:
    """`NORMLAB_CHROMIUM`, the system's Chromium or Chrome, or the one that Playwright downloaded."""
    candidates = [os.environ.get("NORMLAB_CHROMIUM"), *map(shutil.which, NAMES), _playwrights_own()]
    return next((Path(path) for path in candidates if path and Path(path).exists()), None)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def install() -> None:
    """Try the installers in turn until a Chromium is there."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if is_root else ["sudo", "-n"]
    apt = shutil.which("apt-get") and (is_root or shutil.which("sudo"))
    attempts = (
        [[[*sudo, "apt-get", "update", "-qq"], [*sudo, "apt-get", "install", "-y", "-qq", "chromium"]]] if apt else []
    )
    attempts.append([[sys.executable, "-m", "playwright", "install", "chromium"]])
    for commands in attempts:
        for command in commands:
            print("$", " ".join(command), flush=True)
            if subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).returncode:
                break
        if find():
            return


def main() -> int:
    if not find():
        install()
    path = find()
    if path is None:
        print("No Chromium: install Chromium or Chrome, or point NORMLAB_CHROMIUM at one.", file=sys.stderr)
        return 1
    print(f"Chromium for the browser tests: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
