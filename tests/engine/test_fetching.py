"""Downloads in processes of their own: whatever such a process does, the page hears how it ended."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_kit import is_alive, until

from normlab.choices import Dataset
from normlab.engine.fetching import Fetches, FetchStatus

MNIST = Dataset.MNIST
START = "import json, os, signal, sys, time\ndef say(**said): print(json.dumps(said), flush=True)\n"

Follow = Callable[..., FetchStatus]


def process(code: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", START + code


def ended(fetches: Fetches) -> FetchStatus:
    until(lambda: (status := fetches.status(MNIST)) is not None and status.state != "running", 60)
    status = fetches.status(MNIST)
    assert status is not None
    return status


@pytest.fixture
def follow() -> Iterator[Follow]:
    """Follow a process that runs some code until its end is known."""
    opened: list[Fetches] = []

    def run(code: str, **seconds: float) -> FetchStatus:
        opened.append(Fetches(process(code), **seconds))
        opened[-1].start(MNIST)
        return ended(opened[-1])

    yield run
    for fetches in opened:
        fetches.close()


def test_progress_and_a_good_end_are_heard_between_words_of_others(follow: Follow) -> None:
    status = follow(
        "print('a library says something'); print('[1]'); print('7'); print('{'); print('[' * 100_000)\n"
        "print('normlab: a warning', file=sys.stderr)\n"
        "say(done='many', total=None); say(done=3, total=9); say(something='else')\n"
        "say(dataset='mnist', folder='/data')"
    )
    assert status == FetchStatus(MNIST, "done", 3, 9)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "say(problem='No mirror has it.'); print('at exit: noise', file=sys.stderr); sys.exit(1)",
            "No mirror has it.",
        ),
        ("sys.exit(3)", "The download ended unexpectedly (exit code 3)."),
        ("sys.exit('out of luck')", "The download ended unexpectedly (exit code 1). Its last words: out of luck"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "The download ended unexpectedly (SIGKILL)."),
        ("say(done=1, total=9)", "The download ended unexpectedly (exit code 0)."),
    ],
)
def test_a_failure_is_told_in_the_words_that_matter(follow: Follow, code: str, message: str) -> None:
    status = follow(code)
    assert (status.state, status.message) == ("failed", message)


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("time.sleep(600)", 1),
        ("print('no word of its own', flush=True); time.sleep(600)", 1),
        ("while True: print('noise', flush=True); time.sleep(0.05)", 1),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); say(done=1, total=9); time.sleep(600)", 2),
        ("say(done=1, total=9); os.kill(os.getpid(), signal.SIGSTOP)", 2),
    ],
)
def test_one_that_hangs_is_killed_and_said(follow: Follow, code: str, seconds: int) -> None:
    status = follow(code, start=1.0 if seconds == 1 else 60.0, silent=2.0)
    assert status.state == "failed"
    assert status.message == f"The download did not move on for {seconds} seconds and was ended: start it again."


def test_one_that_closes_its_output_and_stays_is_ended(follow: Follow) -> None:
    status = follow("say(dataset='mnist', folder='/data'); os.close(1); os.close(2); time.sleep(600)")
    assert status.state == "done"


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("stubborn", ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", "pass"])
def test_closing_ends_the_process_within_seconds(tmp_path: Path, stubborn: str) -> None:
    note = tmp_path / "pid"
    code = f"{stubborn}\nopen({str(note)!r}, 'w').write(str(os.getpid()))\nsay(done=1, total=9); time.sleep(600)"
    fetches = Fetches(process(code))
    fetches.start(MNIST)
    until(lambda: (status := fetches.status(MNIST)) is not None and status.total_bytes == 9, 60)
    pid = int(note.read_text())
    before = time.monotonic()
    fetches.close()
    until(lambda: not is_alive(pid), 20)
    assert time.monotonic() - before < 20
    assert ended(fetches).state == "failed"
    fetches.start(MNIST)
    assert ended(fetches).state == "failed", "who has closed starts nothing that stays"


def test_what_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    fetches = Fetches(("/nowhere/python",))
    fetches.start(MNIST)
    assert ended(fetches).message == "No process for the download can be started (No such file or directory)."

    def no_thread(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    fetches.start(MNIST)
    assert ended(fetches).message == "The download cannot be started (can't start new thread)."


def test_one_that_failed_can_be_started_again(tmp_path: Path) -> None:
    note = tmp_path / "tried"
    fetches = Fetches(
        process(
            f"import pathlib; note = pathlib.Path({str(note)!r})\n"
            "if note.exists(): say(dataset='mnist', folder='/data')\nelse: note.touch(); sys.exit(1)"
        )
    )
    fetches.start(MNIST)
    assert ended(fetches).state == "failed"
    fetches.start(MNIST)
    assert ended(fetches) == FetchStatus(MNIST, "done")
    fetches.close()
