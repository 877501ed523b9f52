"""The process that answers: it agrees with the page's own arithmetic, ends with its parent, and is started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stress_kit import SHIPPED, shipped

from normlab.answering import Answer, Question, Refusal, Service
from normlab.answering.process import Ended, Process, Unavailable, command
from normlab.stresses import Stress, apply

FOG = Stress(contrast=0.3, weight_scale=0.9)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    service = Service(SHIPPED)
    yield service
    service.close()


def question(stress: Stress = FOG, **settings: object) -> Question:
    run = shipped(**settings)
    assert run.record is not None
    return Question(run.run_id, run.record.attempt, stress)


def wait(service: Service, *questions: Question, visitor: str = "one") -> list[Answer | Refusal]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        service.ask(visitor, [questions])
        known = service.known(questions)
        if len(known) == len(questions):
            return [known[each] for each in questions]
        time.sleep(0.02)
    raise AssertionError("no answer")


def test_it_answers_as_the_arithmetic_does(service: Service) -> None:
    every: tuple[dict[str, Any], ...] = ({}, {"norms": ("ln",)})
    for settings in every:
        outcome, before = apply(shipped(**settings), FOG), apply(shipped(**settings), Stress())
        (found,) = wait(service, question(**settings))
        assert isinstance(found, Answer)
        assert np.frombuffer(found.answers, np.uint8).tolist() == outcome.answers.tolist()
        assert found.right == int(outcome.is_right.sum())
        assert found.changed == outcome.changed_from(before)


def test_what_cannot_be_answered_is_one_sentence(service: Service) -> None:
    gone = replace(question(), run_id="0" * 16)
    assert wait(service, gone) == [Refusal("The run 0000000000000000 is not here any more.")]


def test_a_process_that_dies_is_started_again(service: Service) -> None:
    wait(service, question(Stress(contrast=0.31)))
    first = service.pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    (found,) = wait(service, question(Stress(contrast=0.32)))
    assert isinstance(found, Answer)
    assert service.pid() not in (None, first)


def script(*lines: str) -> Callable[..., Process]:
    return lambda **seconds: Process([sys.executable, "-c", "\n".join(lines)], **seconds)


READY = "print('{}', flush=True)"


@pytest.mark.parametrize(
    ("process", "words"),
    [
        (script(READY, "input()", "raise SystemExit('out of memory')"), r"\(exit code 1\)\. .*: out of memory"),
        (script(READY, "import time", "time.sleep(60)"), r"did not answer for 1 seconds and was ended\."),
    ],
)
def test_one_that_ends_or_hangs_over_a_question_says_so(process: Callable[..., Process], words: str) -> None:
    here = process(silence=1.0)
    with pytest.raises(Ended, match=words):
        here.ask(Question("run", "attempt", Stress()))
    here.end()
    assert here.pid() is None


def test_what_cannot_be_started_is_one_sentence() -> None:
    for process in (Process(["/nowhere"]), script("raise SystemExit('no')")()):
        with pytest.raises(Unavailable, match="Nothing can be computed"):
            process.start()


def test_it_ends_with_its_input() -> None:
    process = subprocess.Popen(command(SHIPPED), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"ready"')
    process.stdin.close()
    assert process.wait(30) == 0
    process.stdout.close()


def test_it_knows_no_torch() -> None:
    code = "import sys, normlab.answering.worker as w; sys.exit('torch' in sys.modules or 'streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
