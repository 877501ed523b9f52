"""`normlab class`: a class to rehearse with."""

import argparse
import asyncio
import random
import time
from urllib.parse import urlsplit

from normlab.classroom import Outcome, read_code
from normlab.cli.common import Mistake, say, whole
from normlab.cli.phones import Phone

DESCRIPTION = (
    "Rehearse a class the evening before: open one on the page *Class*, then `normlab class rehearse CODE` sends "
    "students who join, answer each question at random, train their runs of an experiment, and stay until the class is "
    "over or Ctrl-C is pressed."
)
_LOOK_SECONDS = 1.0


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("action", choices=["rehearse"], help="what to do")
    options.add_argument("code", metavar="CODE", help="the code of a class that is open")
    options.add_argument("--students", type=whole(1, 500), default=30, metavar="N", help="how many join (30)")
    options.add_argument(
        "--address", default="http://localhost:8501", metavar="URL", help="where the page is (http://localhost:8501)"
    )
    options.add_argument(
        "--seconds", type=whole(0, 600), default=10, metavar="N", help="within which each question is answered (10)"
    )


def run(chosen: argparse.Namespace) -> int:
    code = read_code(chosen.code)
    if code is None:
        raise Mistake("A code has six letters and digits: copy it from the console.")
    parts = urlsplit(chosen.address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Mistake(f"The address {chosen.address[:80]} must begin with http:// or https://.")
    phones = [
        Phone(chosen.address, code, random.Random(number), float(chosen.seconds)) for number in range(chosen.students)
    ]
    asyncio.run(_rehearse(phones))
    problems = [problem for phone in phones for problem in phone.problems]
    if problems:
        say(problems[0])
    joined, answers = sum(phone.joined_at is not None for phone in phones), sum(len(phone.kept) for phone in phones)
    runs = [run for phone in phones for run in phone.runs.values()]
    trained = (
        f", {sum(run['state'] == Outcome.FINISHED for run in runs)} of {len(runs)} own runs trained" if runs else ""
    )
    print(f"{joined} joined, {answers} answers{trained}.")
    return 1 if problems else 0


async def _rehearse(phones: list[Phone]) -> None:
    """They come one after the other; a line whenever something has changed."""
    tasks = [asyncio.create_task(_late(phone, 0.1 * number)) for number, phone in enumerate(phones)]
    told, started = "", time.monotonic()
    while not all(task.done() for task in tasks):
        here = sum(phone.is_up for phone in phones)
        ended = sum(len(phone.ended) for phone in phones)
        line = (
            f"{here} here, {sum(len(phone.kept) for phone in phones)} answers{f', {ended} runs ended' if ended else ''}"
        )
        if line != told:
            say(f"{time.monotonic() - started:5.0f} s  {line}")
            told = line
        await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.gather(*tasks)


async def _late(phone: Phone, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await phone.live()
