"""A process that puts networks under stress: `python -m normlab.answering.worker`.

Reads questions as JSON lines on standard input and ends with it. Writes JSON lines on standard output: `{"ready":
process id}`, then for each question `{"answers": "7210...", "right": 790, "changed": 3}`, or `{"refused": sentence}`.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from normlab.errors import NormlabError
from normlab.store import Run, Store
from normlab.stresses import Outcome, Stress, apply, from_query

_NICE = 5
"""The page's process goes first."""


def main() -> None:
    """Answer until standard input ends."""
    parser = argparse.ArgumentParser(prog="normlab.answering.worker", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="the store's folder")
    parser.add_argument("--shipped", type=Path, help="the folder of the runs that ship")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the parent, which then closes the input
    if hasattr(os, "nice"):
        os.nice(_NICE)
    desk = _Desk(Store(arguments.store, arguments.shipped))
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(desk.reply(json.loads(line))), flush=True)


class _Desk:
    """Networks that were asked lately stay at hand."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._run = lru_cache(maxsize=128)(self._read)
        self._as_trained = lru_cache(maxsize=256)(self._untouched)

    def reply(self, question: Mapping[str, Any]) -> Mapping[str, object]:
        stress, refused = from_query(question["stress"])
        if refused:
            return {"refused": str(refused[0])}
        try:
            outcome = apply(self._run(question["run"], question["attempt"]), stress)
            before = self._as_trained(question["run"], question["attempt"])
        except NormlabError as problem:
            return {"refused": str(problem)}
        answers = "".join(map(str, outcome.answers))
        return {"answers": answers, "right": int(outcome.is_right.sum()), "changed": outcome.changed_from(before)}

    def _read(self, name: str, attempt: str) -> Run:
        run = self._store.read(name)
        if run is None:
            raise NormlabError(f"The run {name} is not here any more.")
        return run

    def _untouched(self, name: str, attempt: str) -> Outcome:
        return apply(self._run(name, attempt), Stress())


if __name__ == "__main__":
    main()
