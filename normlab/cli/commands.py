"""All commands: finds the one that is meant, and turns what goes wrong into one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from normlab.cli.interrupts import INTERRUPTED, tidily
from normlab.errors import BadInput, NormlabError

COMMANDS = {
    "app": "open the page in a browser",
    "train": "train a network, or find the result of an equal run",
    "sweep": "train every combination of a grid",
    "prepare": "train tomorrow's runs in advance, and print their links",
    "list": "list the runs that are here",
    "show": "show one run: its epochs, versions and machine",
    "evaluate": "test a stored network with running, batch or re-estimated statistics",
    "stress": "put a stored network where it was not trained to be: fog, scaled weights, other neighbors",
    "lessons": "check lesson files, measure what they ask, or begin one",
    "class": "rehearse a class: students who join and answer at random",
    "verify": "check runs: rebuild each network and recompute its accuracy",
    "fetch": "download a data set",
    "doctor": "check the installation",
    "bench": "measure how fast training is on this machine",
    "rebuild": "train again the runs that ship",
    "study": "the study, repeated: what ships, what remains; train it, measure it",
}
"""What each does. Its file has its name, and is imported only when the command is meant."""
_TIDY_SECONDS = 10.0
"""After Ctrl-C: workers are told to end, and get six."""


class _Parser(argparse.ArgumentParser):
    """Says in one line what was wrong, where argparse would print the whole usage first."""

    def error(self, message: str) -> NoReturn:
        self.exit(BadInput.exit_code, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


class _Command(_Parser):
    """One command, which gets its description and options when it is meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        command = import_module(f"normlab.cli.{self.prog.split()[-1]}")
        self.description = command.DESCRIPTION
        command.add_options(self)
        self.set_defaults(run=command.run)
        return super().parse_known_args(args, namespace)


def parser() -> argparse.ArgumentParser:
    """All commands."""
    top = _Parser(
        prog="normlab",
        description="Train a small convolutional network with any normalization, dropout and penalty; look at what "
        "was trained; check what ships.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Command)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary, allow_abbrev=False)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code: 0, 1 if it failed, 2 for bad input, 130 if it was interrupted."""
    chosen = parser().parse_args(arguments)
    try:
        with tidily(_TIDY_SECONDS):
            code: int = chosen.run(chosen)
            sys.stdout.flush()
    except NormlabError as problem:
        return _say(problem, problem.exit_code)
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _say(problem: object, code: int) -> int:
    print(f"normlab: {problem}", file=sys.stderr)
    return code
