"""All commands: finds the one that is meant, and turns what goes wrong into one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from normlab.cli import bench, doctor, evaluate, fetch, listing, prepare, rebuild, show, study, sweep, train, verify
from normlab.cli.common import Mistake
from normlab.cli.interrupts import INTERRUPTED, tidily
from normlab.config import ConfigError
from normlab.engine import EngineProblem
from normlab.images import DataProblem
from normlab.limits import LimitsProblem
from normlab.store import AlreadyClaimed, Damage, StoreProblem

COMMANDS = (train, sweep, prepare, listing, show, evaluate, verify, fetch, doctor, bench, rebuild, study)
BAD_INPUT, FAILED = 2, 1
_TIDY_SECONDS = 10.0
"""After Ctrl-C: workers are told to end, and get six."""


class _Parser(argparse.ArgumentParser):
    """Says in one line what was wrong, where argparse would print the whole usage first."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = _Parser(
        prog="normlab",
        description="Train a small convolutional network with any normalization, dropout and penalty; look at what "
        "was trained; check what ships.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        name, summary = command.NAME, command.HELP
        options = commands.add_parser(name, help=summary, description=command.DESCRIPTION, allow_abbrev=False)
        command.add_options(options)
        options.set_defaults(run=command.run)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code: 0, 1 if it failed, 2 for bad input, 130 if it was interrupted."""
    chosen = parser().parse_args(arguments)
    try:
        with tidily(_TIDY_SECONDS):
            code: int = chosen.run(chosen)
            sys.stdout.flush()
    except (ConfigError, Mistake) as mistake:
        return _say(mistake, BAD_INPUT)
    except (AlreadyClaimed, Damage, DataProblem, EngineProblem, LimitsProblem, StoreProblem) as problem:
        return _say(problem, FAILED)
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _say(problem: object, code: int) -> int:
    print(f"normlab: {problem}", file=sys.stderr)
    return code
