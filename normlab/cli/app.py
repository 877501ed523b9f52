"""`normlab app`: open the page."""

import argparse
import os
import subprocess
import sys

from normlab.cli.common import whole

DESCRIPTION = (
    "Open the page in a browser, from any folder. It runs until Ctrl-C. Whoever has the repository can also use "
    "`make run`, or `streamlit run streamlit_app.py`."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("--port", type=whole(1, 65_535), default=8501, metavar="N", help="port to listen at (8501)")
    options.add_argument("--address", default="", help="address to listen at; without it, every one of this computer")


def run(chosen: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "normlab.app", "--port", str(chosen.port), "--address", chosen.address]
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that Ctrl-C and a service's signals reach the server itself
    return subprocess.run(command, check=False).returncode
