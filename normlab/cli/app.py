"""`normlab app`: open the page."""

import argparse
import os
import subprocess
import sys
from contextlib import suppress

from normlab.cli.common import whole

DESCRIPTION = (
    "Open the page in a browser, from any folder. It runs until Ctrl-C. In a copy of the repository `make run` does "
    "the same."
)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("--port", type=whole(1, 65_535), metavar="N", help="port to listen at (8501 or the next)")
    options.add_argument("--address", help="address to listen at (all of this computer)")


def run(chosen: argparse.Namespace) -> int:
    given = {"--port": chosen.port, "--address": chosen.address}
    options = [text for name, value in given.items() if value is not None for text in (name, str(value))]
    command = [sys.executable, "-m", "normlab.app.script", *options]
    os.environ["PYTHONSAFEPATH"] = "1"  # else modules of the working folder would come before all others
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that Ctrl-C and a service's signals reach the server itself
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            with suppress(KeyboardInterrupt):  # the server hears it too, and ends
                process.wait()
    return process.returncode
