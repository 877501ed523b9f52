"""All classes of an installation: who may do what with them, each in one transaction that looks before it acts."""

import csv
import io
import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from normlab.classroom import codes, experiments
from normlab.classroom.database import FILE, Database
from normlab.classroom.experiments import Due, Key, Outcome
from normlab.classroom.phases import ROUNDS, Phase, State, Step, after, steps
from normlab.classroom.questions import Answer, Question, kept
from normlab.classroom.refusals import (
    GIVEN_BACK,
    OVER,
    UNKNOWN,
    BadAnswer,
    ClassOver,
    Crowded,
    NoSuchClass,
    NotNow,
    NotYours,
)
from normlab.classroom.tally import Given, for_students, tally

HOURS = 24.0
"""After so many a class is over; after as many again what it answered is deleted."""
HERE_SECONDS = 15.0
"""Who has asked within so many seconds is there."""
ABSENT_SECONDS = 60.0
"""In a full class, who has not asked for so long and has no answer leaves the place to another."""
MOST_QUESTIONS = 40


@dataclass(frozen=True, slots=True)
class Opened:
    """A class: its code, its console's secret, and when it is over (seconds since the epoch)."""

    code: str
    secret: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Joined:
    """A student's own: the token, the number in the class, and what was answered: {"position.round": answer}.

    `sequence` is the highest that the student has counted to.
    """

    token: str
    number: int
    answers: Mapping[str, Answer]
    sequence: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a class is: at which of its questions, and in which state that is."""

    position: int
    phase: Phase
    round: int

    @property
    def state(self) -> State:
        return self.phase, self.round


class Classes:
    """May be used by several threads and processes at once.

    Every method raises a `Refusal` with one sentence for the person who asked, if it cannot be done.
    """

    def __init__(
        self, folder: Path, *, most: int = 0, most_students: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        """In the store's `folder`; at most so many classes, and students in each (0: no limit)."""
        self._database = Database(folder / FILE)
        self._most = most
        self._most_students = most_students
        self._clock = clock

    def close(self) -> None:
        self._database.close()

    # A teacher's

    def open(self, questions: Sequence[Question]) -> Opened:
        """A new class, which asks these questions in turn."""
        if not 0 < len(questions) <= MOST_QUESTIONS:
            raise NotNow(f"A class asks from 1 to {MOST_QUESTIONS} questions: choose some.")
        self.tidy()
        now, secret = self._clock(), codes.new_secret()
        with self._database.change() as db:
            running = db.execute("SELECT COUNT(*) FROM classes WHERE ended_at IS NULL AND expires_at > ?", (now,))
            if 0 < self._most <= running.fetchone()[0]:
                raise Crowded(
                    f"As many classes as may run here are open ({self._most:,}): end one, or try again later."
                )
            code = _free_code(db)
            expires = now + 3_600 * HOURS
            values = (code, codes.digest(secret), now, expires)
            made = db.execute("INSERT INTO classes (code, secret, opened_at, expires_at) VALUES (?, ?, ?, ?)", values)
            rows = [(made.lastrowid, place, question.content()) for place, question in enumerate(questions)]
            db.executemany("INSERT INTO questions (class, position, content) VALUES (?, ?, ?)", rows)
        return Opened(code, secret, expires)

    def renew(self, code: str, secret: str) -> str:
        """Another secret for the console: the old one opens nothing any more."""
        fresh = codes.new_secret()
        with self._database.change() as db:
            found = self._mine(db, code, secret)
            db.execute("UPDATE classes SET secret = ? WHERE id = ?", (codes.digest(fresh), found["id"]))
        return fresh

    def add(self, code: str, secret: str, question: Question) -> int:
        """Ask this, too, after all others; its position."""
        with self._database.change() as db:
            found = self._running(db, code, secret)
            position = _count(db, found["id"])
            if position >= MOST_QUESTIONS:
                raise NotNow(f"A class asks from 1 to {MOST_QUESTIONS} questions: it has as many.")
            values = (found["id"], position, question.content())
            db.execute("INSERT INTO questions (class, position, content) VALUES (?, ?, ?)", values)
            _moved_on(db, found["id"])
        return position

    def step(self, code: str, secret: str, step: Step, seen: Place, runs: int = 0) -> None:
        """Do a step with the question that the class is at, if the class still is where the teacher has `seen` it.

        An experiment is opened with so many `runs`.
        """
        with self._database.change() as db:
            found = self._running(db, code, secret)
            _require(db, found, seen)
            question, place = _kept(db, found["id"], seen.position), (found["id"], seen.position)
            phase, number = after(step, seen.state, is_experiment=question.is_experiment)
            if step is Step.REVEAL and not question.reveal:
                raise NotNow("What is to be revealed is still being measured: wait a moment.")
            if step is Step.OPEN and question.is_experiment:
                experiments.draw(db, *place, runs)
            elif step is Step.START:
                experiments.start(db, *place, self._clock())
            elif step is Step.FINISH:
                _keep(db, *place, experiments.finished(db, *place, question))
            db.execute(
                "UPDATE questions SET phase = ?, round = ? WHERE class = ? AND position = ?", (phase, number, *place)
            )
            _moved_on(db, found["id"])

    def learn(self, code: str, secret: str, position: int, reveal: Mapping[str, Any]) -> None:
        """What the reveal of a question tells, where it was being measured when the class was opened."""
        with self._database.change() as db:
            found = self._mine(db, code, secret)
            row = _question(db, found["id"], position)
            if row is not None and not kept(row["content"]).reveal:
                _keep(db, found["id"], position, replace(kept(row["content"]), reveal=reveal))

    def go(self, code: str, secret: str, position: int, seen: Place) -> None:
        """Go to another question; not while the present one takes answers."""
        with self._database.change() as db:
            found = self._running(db, code, secret)
            _require(db, found, seen)
            if seen.phase is Phase.OPEN:
                raise NotNow("The question is open: close it before you go on.")
            if seen.phase is Phase.RUNNING:
                raise NotNow("The class's runs are being trained: finish the experiment before you go on.")
            if not 0 <= position < _count(db, found["id"]):
                raise NotNow("The class has no question there.")
            db.execute("UPDATE classes SET position = ? WHERE id = ?", (position, found["id"]))
            _moved_on(db, found["id"])

    def end(self, code: str, secret: str) -> None:
        """The class is over; what was answered stays until it is deleted, or expires."""
        with self._database.change() as db:
            found = self._mine(db, code, secret)
            db.execute("UPDATE classes SET ended_at = COALESCE(ended_at, ?) WHERE id = ?", (self._clock(), found["id"]))
            _moved_on(db, found["id"])

    def delete(self, code: str, secret: str) -> None:
        """Nothing of the class is left, nor of anybody in it."""
        with self._database.change() as db:
            db.execute("DELETE FROM classes WHERE id = ?", (self._mine(db, code, secret)["id"],))
        self._database.scrub()

    def console(self, code: str, secret: str) -> dict[str, Any]:
        """What the teacher sees: where the class is, who is there, what was answered so far, and what can be done."""
        with self._database.look() as db:
            found = self._mine(db, code, secret)
            view = self._view(db, found)
            rows = db.execute("SELECT * FROM questions WHERE class = ? ORDER BY position", (found["id"],)).fetchall()
            answered = dict(
                db.execute(
                    "SELECT position, COUNT(DISTINCT student) FROM answers WHERE class = ? GROUP BY position",
                    (found["id"],),
                ).fetchall()
            )
            here = rows[found["position"]]
            question = kept(here["content"])
            return view | {
                "lesson": (question.lesson, question.version),
                "question": question.public,
                "reveal": question.reveal,
                "tally": tally(question, _given(db, found["id"], found["position"])),
                "steps": []
                if view["over"]
                else steps((Phase(here["phase"]), here["round"]), is_experiment=question.is_experiment),
                "questions": [
                    {
                        "title": kept(row["content"]).title,
                        "phase": row["phase"],
                        "answered": answered.get(row["position"], 0),
                    }
                    for row in rows
                ],
            }

    def table(self, code: str, secret: str) -> str:
        """All answers as CSV, a line an answer; students are numbers.

        Of an experiment with the run that was predicted, and after them its runs that nobody predicted.
        """
        target = io.StringIO()
        sheet = csv.writer(target, lineterminator="\n")
        about_all = ["student", "lesson", "version", "question", "kind", "round", "answer", "seconds", "generation"]
        sheet.writerow([*about_all, "setting", "seed", "accuracy"])
        with self._database.look() as db:
            found = self._mine(db, code, secret)
            for row in db.execute("SELECT * FROM questions WHERE class = ? ORDER BY position", (found["id"],)):
                question = kept(row["content"])
                about = [question.lesson, question.version, question.public.get("key", ""), question.kind]
                runs = experiments.table(db, found["id"], row["position"], question)
                answers = _given(db, found["id"], row["position"])
                for given in answers:
                    answer = given.answer if isinstance(given.answer, str) else json.dumps(given.answer)
                    seconds = round(given.answered_at - found["opened_at"])
                    run = next((run for owners, run in runs if given.student in owners), ["", "", ""])
                    sheet.writerow([given.student, *about, given.round, answer, seconds, question.generation, *run])
                bets = {given.student for given in answers}
                for owners, run in runs:
                    if not bets & owners:
                        sheet.writerow(["", *about, "", "", "", question.generation, *run])
        return target.getvalue()

    # A student's

    def join(self, code: str, token: str | None = None) -> Joined:
        """Come into a class, or back into it with the token of before. Always, also when it has begun."""
        with self._database.change() as db:
            found = self._class(db, code)
            _require_running(found, self._clock())
            if token is not None and (student := _student(db, found["id"], token)) is not None:
                return _joined(db, student, token)
            if 0 < self._most_students <= _joined_in_all(db, found["id"]):
                _drop_absent(db, found["id"], self._clock() - ABSENT_SECONDS)
                if self._most_students <= _joined_in_all(db, found["id"]):
                    raise Crowded(f"This class is full ({self._most_students:,} students).")
            fresh = codes.new_secret()
            highest = db.execute("SELECT COALESCE(MAX(number), 0) FROM students WHERE class = ?", (found["id"],))
            number = highest.fetchone()[0] + 1
            values = (found["id"], number, codes.digest(fresh), self._clock())
            db.execute("INSERT INTO students (class, number, token, seen_at) VALUES (?, ?, ?, ?)", values)
        return Joined(fresh, number, {}, 0)

    def answer(self, code: str, token: str, position: int, number: int, raw: object, sequence: int) -> Answer:
        """What then counts as the student's answer in the round `number` of the question at `position`.

        A student counts what is sent: an answer that arrives twice, or after a later one, changes nothing.
        """
        with self._database.change() as db:
            found = self._class(db, code)
            _require_running(found, self._clock())
            student = _student(db, found["id"], token)
            if student is None:
                raise NotYours(_STRANGER)
            row = _question(db, found["id"], position)
            if row is None or number not in ROUNDS:
                raise BadAnswer("The class has no such question.")
            if sequence <= _deleted(db, student):
                raise NotNow("This answer was deleted: it arrived too late.")
            question = kept(row["content"])
            given = question.read(raw)
            before = db.execute(
                "SELECT answer, sequence FROM answers WHERE class = ? AND position = ? AND round = ? AND student = ?",
                (found["id"], position, number, student["id"]),
            ).fetchone()
            if before is not None and sequence <= before["sequence"]:
                earlier: Answer = json.loads(before["answer"])
                return earlier
            if found["position"] != position:
                raise NotNow("The class has gone on: this answer came too late.")
            if (row["phase"], row["round"]) != (Phase.OPEN, number):
                raise NotNow("The question is closed: this answer came too late." if before is None else _TOO_LATE)
            if question.is_experiment and experiments.seat(db, found["id"], position, student["id"]) is None:
                raise NotNow(GIVEN_BACK)
            db.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET answer = excluded.answer, sequence = excluded.sequence, answered_at = excluded.answered_at",
                (found["id"], position, number, student["id"], json.dumps(given), sequence, self._clock()),
            )
        return given

    def forget(self, code: str, token: str, sequence: int = 0) -> None:
        """Delete all answers of a student, who stays in the class; also those on their way, up to `sequence`."""
        with self._database.change() as db:
            found = self._class(db, code)
            student = _student(db, found["id"], token)
            if student is None:
                raise NotYours(_STRANGER)
            highest = max(sequence, _joined(db, student, token).sequence)
            db.execute("INSERT OR REPLACE INTO deletions VALUES (?, ?)", (student["id"], highest))
            db.execute("DELETE FROM answers WHERE student = ?", (student["id"],))
            _moved_on(db, found["id"])  # what is shown of the answers has changed
        self._database.scrub()

    def own(self, code: str, token: str, position: int, *, train: bool = False) -> int:
        """The place of the student's run in the experiment at `position`; `train` starts it."""
        with self._database.change() as db:
            found = self._class(db, code)
            _require_running(found, self._clock())
            student, row = _student(db, found["id"], token), _question(db, found["id"], position)
            if student is None:
                raise NotYours(_STRANGER)
            if row is None or not kept(row["content"]).is_experiment:
                raise BadAnswer("The class has no such experiment.")
            if position != found["position"] or row["phase"] == Phase.LOBBY:
                raise NotNow("The experiment is not open: look at the wall.")
            if row["phase"] == Phase.REVEALED and experiments.seat(db, found["id"], position, student["id"]) is None:
                raise NotNow(_DONE)
            now, has_begun = self._clock(), row["phase"] != Phase.OPEN
            place = experiments.take(db, found["id"], position, student["id"], now, has_begun=has_begun)
            if train and row["phase"] != Phase.RUNNING:
                raise NotNow("All runs start together: wait for the start." if row["phase"] == Phase.OPEN else _DONE)
            if train:
                experiments.train(db, Key(found["id"], position, place), now)
        return place

    def runs(self, code: str) -> dict[str, Any]:
        """The runs of the experiment that the class is at, as their owners see them, and whose is which."""
        with self._database.look() as db:
            found = self._class(db, code)
            question = _kept(db, found["id"], found["position"])
            if not question.is_experiment:
                raise NotNow("The class has gone on: look at the wall.")
            told = experiments.owned(db, found["id"], found["position"], question, self._clock())
            return told | {"position": found["position"]}

    def who(self, code: str, token: str) -> int:
        """The student with this token."""
        with self._database.look() as db:
            student = _student(db, self._class(db, code)["id"], token)
            if student is None:
                raise NotYours(_STRANGER)
            return int(student["id"])

    def student(self, code: str) -> dict[str, Any]:
        """What every student's page may show: nothing of anybody's answers, nor what is right, before the reveal."""
        with self._database.look() as db:
            found = self._class(db, code)
            view = self._view(db, found)
            for name in ("here", "joined", "answered"):
                del view[name]
            if view["phase"] is not Phase.REVEALED:
                view.pop("experiment", None)
            if "tally" in view:
                view["tally"] = for_students(view["tally"])
            return view

    def projector(self, code: str) -> dict[str, Any]:
        """The same for the wall: with how many are there and have answered, and after the reveal what."""
        with self._database.look() as db:
            return self._view(db, self._class(db, code))

    # The server's

    def tidy(self) -> None:
        """Delete the classes that have been over for so long that their answers were promised to go.

        Empties the log, too, where that had to wait.
        """
        before = (self._clock() - 3_600 * HOURS,)
        with self._database.look() as db:
            is_tidy = db.execute("SELECT 1 FROM classes WHERE expires_at < ?", before).fetchone() is None
        if not is_tidy:
            with self._database.change() as db:
                db.execute("DELETE FROM classes WHERE expires_at < ?", before)
        self._database.scrub()

    def pulse(self, seen: Mapping[int, float]) -> dict[str, int]:
        """Note when students were last `seen`; the revision of every class, by its code. One that is over has −1."""
        if seen:
            with self._database.change() as db:
                values = [(moment, student) for student, moment in seen.items()]
                db.executemany("UPDATE students SET seen_at = ? WHERE id = ?", values)
        now = self._clock()
        with self._database.look() as db:
            return {
                row["code"]: -1 if _is_over(row, now) else row["revision"]
                for row in db.execute("SELECT * FROM classes")
            }

    def due(self, most: int | None = None) -> list[Due]:
        """The runs of all experiments to train now, in queue order; no more than `most` of one class."""
        with self._database.look() as db:
            return experiments.due(db, self._clock(), most)

    def progress(self, key: Key, curve: Sequence[float]) -> None:
        """A run is being trained; its test accuracies so far, in percent."""
        with self._database.change() as db:
            experiments.progress(db, key, curve, self._clock())

    def ended(self, key: Key, outcome: Outcome, accuracy: float | None = None) -> None:
        """A run has ended. With the last one comes the verdict; what ends after that counts for nothing.

        One that is lost is tried again, but not for ever.
        """
        with self._database.change() as db:
            row, place = _question(db, key.class_, key.position), (key.class_, key.position)
            if row is None or row["phase"] != Phase.RUNNING:
                return
            if outcome is Outcome.LOST:
                experiments.lose(db, key, self._clock())
            else:
                experiments.end(db, key, outcome, accuracy, self._clock())
            if experiments.is_complete(db, *place):
                _keep(db, *place, experiments.finished(db, *place, kept(row["content"])))
                db.execute("UPDATE questions SET phase = ? WHERE class = ? AND position = ?", (Phase.REVEALED, *place))
                _moved_on(db, key.class_)

    def _view(self, db: sqlite3.Connection, found: sqlite3.Row) -> dict[str, Any]:
        now, place = self._clock(), found["position"]
        row = _question(db, found["id"], place)
        assert row is not None
        phase, question = Phase(row["phase"]), kept(row["content"])
        here = "SELECT COUNT(*), COALESCE(SUM(ABS(? - seen_at) < ?), 0) FROM students WHERE class = ?"
        joined, present = db.execute(here, (now, HERE_SECONDS, found["id"])).fetchone()
        answered = "SELECT COUNT(*) FROM answers WHERE class = ? AND position = ? AND round = ?"
        view: dict[str, Any] = {
            "code": found["code"],
            "over": _is_over(found, now),
            "expires": found["expires_at"],
            "revision": found["revision"],
            "position": place,
            "of": _count(db, found["id"]),
            "phase": phase,
            "round": row["round"],
            "joined": joined,
            "here": present,
            "answered": db.execute(answered, (found["id"], place, row["round"])).fetchone()[0],
        }
        if phase is not Phase.LOBBY:
            view["question"] = question.public
        if question.is_experiment and phase is not Phase.LOBBY:
            view["experiment"] = experiments.view(db, found["id"], place, is_over=phase is Phase.REVEALED)
        if phase is Phase.REVEALED:
            view["reveal"] = question.reveal
            view["tally"] = tally(question, _given(db, found["id"], place))
        return view

    def _class(self, db: sqlite3.Connection, code: str) -> sqlite3.Row:
        found: sqlite3.Row | None = db.execute("SELECT * FROM classes WHERE code = ?", (code,)).fetchone()
        if found is None:
            raise NoSuchClass(UNKNOWN)
        return found

    def _mine(self, db: sqlite3.Connection, code: str, secret: str) -> sqlite3.Row:
        """The class, for whoever has its console's secret."""
        found = self._class(db, code)
        if found["secret"] != codes.digest(secret):
            raise NotYours("This browser does not have the console of that class.")
        return found

    def _running(self, db: sqlite3.Connection, code: str, secret: str) -> sqlite3.Row:
        found = self._mine(db, code, secret)
        _require_running(found, self._clock())
        return found


_STRANGER = "This phone is not in the class any more: join again with the code."
_DONE = "The experiment is over: its verdict is on the wall."
_TOO_LATE = "The question is closed: your answer from before counts."


def _free_code(db: sqlite3.Connection) -> str:
    while db.execute("SELECT 1 FROM classes WHERE code = ?", (code := codes.new_code(),)).fetchone() is not None:
        pass
    return code


def _is_over(found: sqlite3.Row, now: float) -> bool:
    return found["ended_at"] is not None or now >= found["expires_at"]


def _require_running(found: sqlite3.Row, now: float) -> None:
    if _is_over(found, now):
        raise ClassOver(OVER)


def _require(db: sqlite3.Connection, found: sqlite3.Row, seen: Place) -> None:
    row = _question(db, found["id"], found["position"])
    if row is None or Place(found["position"], Phase(row["phase"]), row["round"]) != seen:
        raise NotNow("The class has moved on in another tab: look again.")


def _moved_on(db: sqlite3.Connection, class_: int) -> None:
    db.execute("UPDATE classes SET revision = revision + 1 WHERE id = ?", (class_,))


def _question(db: sqlite3.Connection, class_: int, position: int) -> sqlite3.Row | None:
    asked = "SELECT * FROM questions WHERE class = ? AND position = ?"
    found: sqlite3.Row | None = db.execute(asked, (class_, position)).fetchone()
    return found


def _kept(db: sqlite3.Connection, class_: int, position: int) -> Question:
    """The class' own copy of a question that it has."""
    row = _question(db, class_, position)
    assert row is not None
    return kept(row["content"])


def _keep(db: sqlite3.Connection, class_: int, position: int, question: Question) -> None:
    """From now on this is the class' own copy."""
    values = (question.content(), class_, position)
    db.execute("UPDATE questions SET content = ? WHERE class = ? AND position = ?", values)


def _count(db: sqlite3.Connection, class_: int) -> int:
    return int(db.execute("SELECT COUNT(*) FROM questions WHERE class = ?", (class_,)).fetchone()[0])


def _student(db: sqlite3.Connection, class_: int, token: str) -> sqlite3.Row | None:
    asked = "SELECT * FROM students WHERE token = ? AND class = ?"
    found: sqlite3.Row | None = db.execute(asked, (codes.digest(token), class_)).fetchone()
    return found


def _joined_in_all(db: sqlite3.Connection, class_: int) -> int:
    return int(db.execute("SELECT COUNT(*) FROM students WHERE class = ?", (class_,)).fetchone()[0])


def _drop_absent(db: sqlite3.Connection, class_: int, since: float) -> None:
    """Who comes back is a student again, with a new token: nothing of theirs is lost."""
    db.execute(
        "DELETE FROM students WHERE class = ? AND seen_at < ? AND id NOT IN (SELECT student FROM answers)",
        (class_, since),
    )


def _joined(db: sqlite3.Connection, student: sqlite3.Row, token: str) -> Joined:
    rows = db.execute("SELECT * FROM answers WHERE student = ?", (student["id"],)).fetchall()
    answers = {f"{row['position']}.{row['round']}": json.loads(row["answer"]) for row in rows}
    return Joined(token, student["number"], answers, max(_deleted(db, student), *(row["sequence"] for row in rows), 0))


def _deleted(db: sqlite3.Connection, student: sqlite3.Row) -> int:
    """Up to which number the student has deleted what was answered."""
    found = db.execute("SELECT sequence FROM deletions WHERE student = ?", (student["id"],)).fetchone()
    return 0 if found is None else int(found["sequence"])


def _given(db: sqlite3.Connection, class_: int, position: int) -> list[Given]:
    rows = db.execute(
        "SELECT number, round, answer, answered_at FROM answers JOIN students ON students.id = answers.student "
        "WHERE answers.class = ? AND position = ? ORDER BY round, number",
        (class_, position),
    )
    return [Given(row["number"], row["round"], json.loads(row["answer"]), row["answered_at"]) for row in rows]
