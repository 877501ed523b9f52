"""The class' own experiment: each student owns one run of one of two settings, predicts it, and has it trained.

Its question is public with `arms`: two of {"name", "settings" (as in an address), "color" (for light and dark)};
`seconds` that a run takes, about, `workers` that train at a time, and `learned`, the percent above which a run has.
Its reveal holds `stored`: accuracies of shipped seeds of each arm, which are shown apart. Every function works within
a transaction of the classes' file.
"""

import json
import secrets
import sqlite3
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from normlab.classroom.questions import UNDECIDED, Question, kept
from normlab.classroom.refusals import NotNow
from normlab.classroom.verdict import Side, judge
from normlab.compare import read_arm
from normlab.config import RunConfig

FEWEST, MOST = 8, 40
"""Runs of an experiment: fewer than four of a setting decide nothing, and more take too long. Larger classes share."""
SEEDS = range(1_000, 1_000_000)
"""None of them ships, so nobody can look a run up."""
ABSENT_SECONDS = 60.0
"""Whose phone has not asked for so long gives the run back, if somebody else can have it, or at the start."""
PATIENCE_SECONDS = 30.0
"""A run that its owner does not start is started by itself after so long."""
MOST_TRIES = 3

_HERE = "class = ? AND position = ?"
_RUN = f"{_HERE} AND place = ?"
_IN_TURN = """
SELECT runs.*, code, content FROM runs JOIN questions USING (class, position) JOIN classes ON classes.id = runs.class
WHERE phase = 'running' AND classes.ended_at IS NULL AND expires_at > :now
AND runs.ended_at IS NULL AND (due_at <= :now OR due_at > :now + :patience)
ORDER BY started_at IS NULL,
(class, runs.position, place) NOT IN (SELECT class, position, place FROM seats), due_at, place
"""
"""Whose turn it is: what an owner has started goes first. A time far ahead is one of before the clock was set back."""


class Outcome(StrEnum):
    """How a run ended: it has an accuracy, it stopped at a loss that is no number, or it could not be trained."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    LOST = "lost"


class Key(NamedTuple):
    """A run of an experiment: the class, the question's position, and the run's place in it."""

    class_: int
    position: int
    place: int


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is to be trained for the class with this code."""

    key: Key
    code: str
    config: RunConfig


def draw(db: sqlite3.Connection, class_: int, position: int, count: int) -> None:
    """Make the runs: each pair of places has one of each arm, in an order that nobody can foresee."""
    if count % 2 or not FEWEST <= count <= MOST:
        raise NotNow(f"An experiment has an even number of runs from {FEWEST} to {MOST}, not {count}.")
    chance = secrets.SystemRandom()
    arms = [arm for _ in range(count // 2) for arm in chance.sample((0, 1), 2)]
    rows = [(class_, position, place, arms[place], seed) for place, seed in enumerate(chance.sample(SEEDS, count))]
    db.executemany("INSERT INTO runs (class, position, place, arm, seed) VALUES (?, ?, ?, ?, ?)", rows)


def seat(db: sqlite3.Connection, class_: int, position: int, student: int) -> int | None:
    """The place of the run that the student owns; None without one."""
    known = f"SELECT place FROM seats WHERE {_HERE} AND student = ?"
    row = db.execute(known, (class_, position, student)).fetchone()
    return None if row is None else int(row["place"])


def take(
    db: sqlite3.Connection, class_: int, position: int, student: int, now: float, *, has_begun: bool = False
) -> int:
    """The place of the student's run: the one of before, or a new one.

    That with the fewest owners who are there, of the arm that has fewer. Until the experiment has begun, who is absent
    loses it to the newcomer.
    """
    if (known := seat(db, class_, position, student)) is not None:
        return known
    owners = _owners(db, class_, position, now)
    of_arm = [sum(count for arm, count in owners if arm == one) for one in (0, 1)]
    place = min(range(len(owners)), key=lambda at: (owners[at][1], of_arm[owners[at][0]], at))
    if not has_begun and owners[place][1] == 0:
        _give_back(db, class_, position, now, place)
    db.execute("INSERT INTO seats VALUES (?, ?, ?, ?)", (class_, position, student, place))
    return place


def _owners(db: sqlite3.Connection, class_: int, position: int, now: float) -> list[tuple[int, int]]:
    """Of each run the arm, and how many of its owners are there."""
    rows = db.execute(
        "SELECT arm, (SELECT COUNT(*) FROM seats JOIN students ON students.id = student WHERE "
        "(seats.class, seats.position, seats.place) = (runs.class, runs.position, runs.place) "
        f"AND ABS(? - seen_at) < ?) AS here FROM runs WHERE {_HERE} ORDER BY place",
        (now, ABSENT_SECONDS, class_, position),
    )
    return [(row["arm"], row["here"]) for row in rows]


def _give_back(db: sqlite3.Connection, class_: int, position: int, now: float, place: int | None = None) -> None:
    """Who is absent owns no run any more; what was predicted was predicted of that run."""
    absent = (
        "SELECT student FROM seats JOIN students ON students.id = student WHERE seats.class = ? AND position = ? "
        "AND ABS(? - seen_at) >= ? AND (? IS NULL OR place = ?)"
    )
    gone = db.execute(absent, (class_, position, now, ABSENT_SECONDS, place, place)).fetchall()
    for row in gone:
        for table in ("seats", "answers"):
            db.execute(f"DELETE FROM {table} WHERE {_HERE} AND student = ?", (class_, position, row["student"]))


def start(db: sqlite3.Connection, class_: int, position: int, now: float) -> None:
    """From now on runs are trained: those without an owner at once, after those that their owners start."""
    _give_back(db, class_, position, now)
    owned = f"SELECT place FROM seats WHERE {_HERE}"
    db.execute(
        f"UPDATE runs SET due_at = CASE WHEN place IN ({owned}) THEN ? ELSE ? END WHERE {_HERE}",
        (class_, position, now + PATIENCE_SECONDS, now, class_, position),
    )


def train(db: sqlite3.Connection, key: Key, now: float) -> None:
    """An owner starts the run; again changes nothing."""
    db.execute(f"UPDATE runs SET due_at = MIN(due_at, ?) WHERE {_RUN}", (now, *key))


def due(db: sqlite3.Connection, now: float, most: int | None = None) -> list[Due]:
    """The runs of all classes to train now, in queue order; no more than `most` of one class."""
    found, of_class = [], Counter[str]()
    for key, row in _in_turn(db, now):
        if most is None or of_class[row["code"]] < most:
            of_class[row["code"]] += 1
            found.append(Due(key, row["code"], config(kept(row["content"]), row)))
    return found


def _in_turn(db: sqlite3.Connection, now: float) -> list[tuple[Key, sqlite3.Row]]:
    rows = db.execute(_IN_TURN, {"now": now, "patience": PATIENCE_SECONDS})
    return [(Key(row["class"], row["position"], row["place"]), row) for row in rows]


def config(question: Question, run: sqlite3.Row) -> RunConfig:
    """What is trained: the arm's settings with the run's seed."""
    found, _, _ = read_arm(question.public["arms"][run["arm"]]["settings"])
    return replace(found, seed=run["seed"])


def progress(db: sqlite3.Connection, key: Key, curve: Sequence[float], now: float) -> None:
    """The run is being trained; `curve` are its test accuracies so far, in percent."""
    db.execute(
        f"UPDATE runs SET curve = ?, started_at = COALESCE(started_at, ?) WHERE {_RUN} AND ended_at IS NULL",
        (json.dumps(curve), now, *key),
    )


def end(db: sqlite3.Connection, key: Key, outcome: Outcome, accuracy: float | None, now: float) -> None:
    """The run has ended, once."""
    db.execute(
        "UPDATE runs SET outcome = ?, accuracy = ?, ended_at = ?, started_at = COALESCE(started_at, ?) "
        f"WHERE {_RUN} AND ended_at IS NULL",
        (outcome, accuracy, now, now, *key),
    )


def lose(db: sqlite3.Connection, key: Key, now: float) -> None:
    """Training failed: the run is tried again, but not for ever."""
    db.execute(f"UPDATE runs SET tries = tries + 1, started_at = NULL, curve = '[]' WHERE {_RUN}", key)
    if db.execute(f"SELECT tries FROM runs WHERE {_RUN}", key).fetchone()["tries"] >= MOST_TRIES:
        end(db, key, Outcome.LOST, None, now)


def is_complete(db: sqlite3.Connection, class_: int, position: int) -> bool:
    """Whether every run has ended."""
    left = db.execute(f"SELECT COUNT(*) FROM runs WHERE {_HERE} AND ended_at IS NULL", (class_, position))
    return bool(left.fetchone()[0] == 0)


def finished(db: sqlite3.Connection, class_: int, position: int, question: Question) -> Question:
    """The question with its verdict: on what is in now, and never again."""
    rows = _runs(db, class_, position)
    first, second = (
        Side(arm["name"], [row["accuracy"] for row in rows if row["arm"] == at and _is_measured(row)])
        for at, arm in enumerate(question.public["arms"])
    )
    return replace(question, reveal={**question.reveal, **asdict(judge(first, second, len(rows)))})


def view(db: sqlite3.Connection, class_: int, position: int, *, is_over: bool) -> dict[str, Any]:
    """For the wall and the console: how many runs there are, are owned, and have ended; those that are in.

    `dots` are [arm, accuracy, or None for one that stopped]; once it `is_over`, `bets` are what each arm's owners
    predicted.
    """
    rows = _runs(db, class_, position)
    owned = db.execute(
        f"SELECT COUNT(DISTINCT place), COUNT(*) FROM seats WHERE {_HERE}", (class_, position)
    ).fetchone()
    told = {
        "runs": len(rows),
        "owned": owned[0],
        "owners": owned[1],
        "ended": sum(row["ended_at"] is not None for row in rows),
        "lost": sum(row["outcome"] == Outcome.LOST for row in rows),
        "dots": [[row["arm"], row["accuracy"]] for row in rows if _is_measured(row)],
    }
    return told | ({"bets": _bets(db, class_, position)} if is_over else {})


def _bets(db: sqlite3.Connection, class_: int, position: int) -> list[list[float]]:
    rows = db.execute(
        "SELECT arm, answer FROM answers JOIN seats USING (class, position, student) "
        f"JOIN runs USING (class, position, place) WHERE {_HERE}",
        (class_, position),
    ).fetchall()
    given = [(row["arm"], json.loads(row["answer"])) for row in rows]
    return [sorted(value for arm, value in given if arm == one and value != UNDECIDED) for one in (0, 1)]


def owned(db: sqlite3.Connection, class_: int, position: int, question: Question, now: float) -> dict[str, Any]:
    """For the phones: every run as its owners see it, and whose is which: {"runs": [...], "places": {student: place}}.

    A run is "ready" (to be started by its owner), "waiting" with so many `ahead` and about so many `seconds` until it
    starts, "training", or has ended with its outcome.
    """
    rows = _runs(db, class_, position)
    mine = [key.place for key, _ in _in_turn(db, now) if key[:2] == (class_, position)]
    seats = db.execute(f"SELECT student, place FROM seats WHERE {_HERE}", (class_, position)).fetchall()
    took = [row["ended_at"] - row["started_at"] for row in rows if row["outcome"] == Outcome.FINISHED]
    seconds, workers = statistics.median(took or [question.public["seconds"]]), max(question.public["workers"], 1)
    told = []
    for row in rows:
        one: dict[str, Any] = {
            "place": row["place"],
            "arm": row["arm"],
            "seed": row["seed"],
            "owners": sum(seat["place"] == row["place"] for seat in seats),
            "state": row["outcome"] or ("training" if row["started_at"] else "waiting"),
            "curve": json.loads(row["curve"]),
            "accuracy": row["accuracy"],
        }
        if one["state"] == "waiting" and row["place"] not in mine:
            starts_in = None if row["due_at"] is None else round(max(0.0, row["due_at"] - now))
            one |= {"state": "ready", "starts": starts_in}
        elif one["state"] == "waiting":
            ahead = mine.index(row["place"])
            one |= {"ahead": ahead, "seconds": round(ahead * seconds / workers)}
        told.append(one)
    return {"runs": told, "places": {seat["student"]: seat["place"] for seat in seats}}


def table(
    db: sqlite3.Connection, class_: int, position: int, question: Question
) -> list[tuple[set[int], list[str | float]]]:
    """Of each run its owners' numbers, and its setting, seed and accuracy (or how else it ended)."""
    seated = f"SELECT number, place FROM seats JOIN students ON students.id = student WHERE seats.{_HERE}"
    seats = db.execute(seated, (class_, position)).fetchall()
    return [
        (
            {seat["number"] for seat in seats if seat["place"] == row["place"]},
            [
                question.public["arms"][row["arm"]]["name"],
                row["seed"],
                row["outcome"] if row["accuracy"] is None else row["accuracy"],
            ],
        )
        for row in _runs(db, class_, position)
    ]


def _runs(db: sqlite3.Connection, class_: int, position: int) -> list[sqlite3.Row]:
    return db.execute(f"SELECT * FROM runs WHERE {_HERE} ORDER BY place", (class_, position)).fetchall()


def _is_measured(row: sqlite3.Row) -> bool:
    return row["outcome"] in (Outcome.FINISHED, Outcome.DIVERGED)
