"""When a worker counts as hung, over a clock that the test turns."""

from dataclasses import replace

import pytest

from normlab.engine.silence import Deadlines, Signs, Silence, Watch

LIMITS = Deadlines(start=600, beat=20, stop=10, event=600)
TRAINING = Signs(is_ready=True, heard=5, job="r", events=3)


class Hand:
    """A clock without a tick of its own."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def hung_after(signs: Signs, *, beats: bool, is_stopping: bool = False, moves: bool = False) -> tuple[int, str]:
    """After how many seconds a worker that beats, and whose training moves on, or not, is given up; 0: never."""
    clock = Hand()
    watch = Watch(LIMITS, clock)
    for second in range(3_600):
        heard = signs.heard + second * beats
        events = signs.events + second * moves
        if why := watch.overdue(replace(signs, heard=heard, events=events), is_stopping=is_stopping):
            return second, why
        clock.now += 1.0
    return 0, ""


@pytest.mark.parametrize(
    ("signs", "flags", "seconds", "words"),
    [
        (TRAINING, {"beats": False, "moves": False}, 21, "did not answer for 20 seconds"),
        (TRAINING, {"beats": False, "is_stopping": True}, 11, "did not stop within 10 seconds"),
        (TRAINING, {"beats": True, "moves": True, "is_stopping": True}, 11, "did not stop within 10 seconds"),
        (TRAINING, {"beats": True}, 601, "did not move on for 600 seconds"),
        (TRAINING, {"beats": True, "moves": True}, 0, ""),
        (replace(TRAINING, job=""), {"beats": True}, 0, ""),
        (replace(TRAINING, job=""), {"beats": False}, 21, "did not answer"),
        (Signs(), {"beats": False}, 601, "was not ready after 600 seconds"),
    ],
)
def test_a_worker_has_its_time(signs: Signs, flags: dict[str, bool], seconds: int, words: str) -> None:
    after, why = hung_after(signs, **flags)
    assert after == seconds
    assert words in why


@pytest.mark.parametrize("sleep", [60.0, 86_400.0, -86_400.0])
def test_who_has_slept_or_got_no_time_blames_nobody(sleep: float) -> None:
    clock = Hand()
    silence = Silence(clock)
    silence.of("sign")
    clock.now += 3.0
    assert silence.of("sign") == 2.0
    clock.now += sleep
    assert silence.of("sign") <= 4.0
    assert silence.of("another sign") == 0.0
