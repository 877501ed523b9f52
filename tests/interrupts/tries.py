"""One Ctrl-C: at which moment, and what came of it."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

MOMENTS = ("main", "import of torch", "training")
"""What the process has begun when its random delay starts."""
_DELAYS = {"main": 0.8, "import of torch": 1.5, "training": 2.0}
"""The longest, in seconds."""
_PATIENCE = 60.0

_BEGIN = """
import sys
from normlab.cli import interrupts
end_at_once = interrupts.end_at_once
def begin():
    end_at_once()
    print("main", file=sys.stderr, flush=True)
interrupts.end_at_once = begin
class Tell:
    def find_spec(self, name, path, target=None):
        if name == "torch":
            print("import of torch", file=sys.stderr, flush=True)
sys.meta_path.insert(0, Tell())
from normlab.cli.main import main
sys.exit(main())
"""
"""The command, which also says how far its start is."""


@dataclass(frozen=True, slots=True)
class Try:
    """`seconds` from the signal to the end; `code` as a shell sees it, None if it had to be killed."""

    moment: str
    delay: float
    seconds: float
    code: int | None
    said: str


def interrupt(words: list[str], store: Path, moment: str, share: float) -> Try:
    """Send SIGINT `share` of the moment's longest delay after the moment."""
    command = [sys.executable, "-c", _BEGIN, "train", *words]
    env = {**os.environ, "NORMLAB_STORE": str(store)}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env, preexec_fn=_hear
    )
    assert process.stderr is not None
    with process, process.stderr:
        said = [process.stderr.readline()]
        while said[-1] and not said[-1].startswith(_SIGNS[moment]):
            said.append(process.stderr.readline())
        delay = share * _DELAYS[moment]
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        try:
            rest = process.communicate(timeout=_PATIENCE)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            return Try(moment, delay, time.monotonic() - start, None, "".join([*said, process.communicate()[1]]))
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        return Try(moment, delay, time.monotonic() - start, code, "".join([*said, rest]))


_SIGNS = {"main": "main", "import of torch": "import of torch", "training": "epoch"}


def _hear() -> None:
    """A process that a shell started in the background would ignore Ctrl-C, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
