"""Ctrl-C ends a command with status 130, whatever it is doing. `make interrupts` tries it 400 times, to the clock."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from engine_kit import is_alive, until
from interrupts.tries import MOMENTS, interrupt

from normlab.cli.interrupts import tidily

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("moment", MOMENTS)
def test_train_ends_as_interrupted_at_any_moment(tmp_path: Path, moment: str, share: float) -> None:
    done = interrupt(["--epochs", "200"], tmp_path, moment, share)
    assert done.code == 130, done
    assert "Traceback" not in done.said
    if moment == "training":
        assert "is kept as interrupted." in done.said.splitlines()[-1]


def told(code: str, *signals: signal.Signals) -> tuple[int, str]:
    """The status, as a shell sees it, and the output of a process that gets the signals after its first line."""
    begin = "import signal, sys, time; from normlab.cli import interrupts\n"
    begin += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command = [sys.executable, "-c", begin + code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for number in signals:
            process.send_signal(number)
        out = process.communicate(timeout=60)[0]
    return process.returncode if process.returncode >= 0 else 128 - process.returncode, out


def test_before_there_is_something_to_tidy_up_ctrl_c_ends_at_once() -> None:
    code = "interrupts.end_at_once()\nprint('here', flush=True)\ntime.sleep(600)"
    assert told(code, signal.SIGINT) == (130, "")


def test_whoever_tidies_up_may_and_then_dies_of_the_signal() -> None:
    code = (
        "try:\n"
        "    with interrupts.tidily(600) as is_pressed:\n"
        "        print('here', flush=True); time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    print('tidy', is_pressed(), flush=True); interrupts.die()"
    )
    assert told(code, signal.SIGINT) == (130, "tidy True\n")


def test_ctrl_c_in_a_destructor_is_heard_and_prints_no_traceback() -> None:
    code = (
        "class Slow:\n"
        "    def __del__(self):\n"
        "        print('here', flush=True); time.sleep(600)\n"
        "with interrupts.tidily(600) as is_pressed:\n"
        "    Slow()\n"
        "    print('tidy', is_pressed(), flush=True)"
    )
    assert told(code, signal.SIGINT) == (0, "tidy True\n")


LONG_CALL = "import hashlib; hashlib.pbkdf2_hmac('sha256', b'a', b'b', 2**31 - 1)"


@pytest.mark.parametrize("then", ["time.sleep(600)", LONG_CALL])
def test_who_does_not_leave_in_time_is_ended_even_in_a_long_call_into_c(then: str) -> None:
    code = (
        "with interrupts.tidily(0.1):\n"
        "    try: print('here', flush=True); time.sleep(600)\n"
        f"    except KeyboardInterrupt: {then}"
    )
    assert told(code, signal.SIGINT) == (130, "")


def test_a_second_ctrl_c_ends_at_once() -> None:
    code = (
        "with interrupts.tidily(600):\n"
        "    try: print('here', flush=True); time.sleep(600)\n"
        "    except KeyboardInterrupt: signal.raise_signal(signal.SIGINT); time.sleep(600)"
    )
    assert told(code, signal.SIGINT) == (130, "")


def test_a_job_in_the_background_leaves_ctrl_c_to_others() -> None:
    code = (
        "signal.signal(signal.SIGINT, signal.SIG_IGN); interrupts.end_at_once()\n"
        "with interrupts.tidily(0):\n"
        "    print('here', flush=True); time.sleep(0.2); print('goes on')"
    )
    assert told(code, signal.SIGINT) == (0, "goes on\n")


def lose_in_an_import() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None


def test_what_the_interrupt_turned_into_is_an_interrupt_again() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), tidily(600.0):
        lose_in_an_import()
    with pytest.raises(ImportError), tidily(600.0):
        raise ImportError("initialization failed")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


CREW = """
import os, time
from normlab.crew import crew
if __name__ == "__main__":
    with crew(2) as pool:
        print(*{pool.submit(os.getpid).result()}, flush=True)
        pool.submit(time.sleep, 600).result()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_crew_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    (tmp_path / "crew_user.py").write_text(CREW)
    with subprocess.Popen([sys.executable, str(tmp_path / "crew_user.py")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        member = int(process.stdout.readline())
        assert is_alive(member)
        process.kill()
        until(lambda: not is_alive(member))
