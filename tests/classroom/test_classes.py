"""A class: what goes where, who may do what, and that no answer is lost or counted twice."""

import csv
import io
import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from classroom_kit import CHOICE, NUMBER, SKETCH, Clock

from normlab.classroom import (
    LETTERS,
    BadAnswer,
    BadQuestion,
    Classes,
    ClassOver,
    Crowded,
    NoSuchClass,
    NotKept,
    NotNow,
    NotYours,
    Opened,
    Phase,
    Place,
    Question,
    Refusal,
    Step,
    read_code,
)
from normlab.store import Store

LOBBY, OPEN, CLOSED, REVEALED = Phase.LOBBY, Phase.OPEN, Phase.CLOSED, Phase.REVEALED


class Room:
    """A class with a teacher who does steps from wherever it is."""

    def __init__(self, folder: Path, *questions: Question, **limits: int) -> None:
        self.clock = Clock()
        self.classes = Classes(folder, clock=self.clock, **limits)
        self.opened: Opened = self.classes.open(questions or (CHOICE, NUMBER, SKETCH))
        self.code, self.secret = self.opened.code, self.opened.secret

    @property
    def place(self) -> Place:
        view = self.classes.projector(self.code)
        return Place(view["position"], view["phase"], view["round"])

    def do(self, *steps: Step) -> None:
        for step in steps:
            self.classes.step(self.code, self.secret, step, self.place)

    def go(self, position: int) -> None:
        self.classes.go(self.code, self.secret, position, self.place)

    def join(self) -> str:
        return self.classes.join(self.code).token

    def answer(self, token: str, raw: object, *, position: int = 0, round: int = 1, sequence: int = 1) -> Any:
        return self.classes.answer(self.code, token, position, round, raw, sequence)

    def tally(self) -> dict[str, Any]:
        tally: dict[str, Any] = self.classes.console(self.code, self.secret)["tally"]
        return tally


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.classes.close()


def test_a_question_goes_from_lobby_to_reveal_through_two_votes(room: Room) -> None:
    seen = [room.place]
    for step in (Step.OPEN, Step.CLOSE, Step.REOPEN, Step.CLOSE, Step.AGAIN, Step.CLOSE, Step.REVEAL):
        room.do(step)
        seen.append(room.place)
    places = [(LOBBY, 1), (OPEN, 1), (CLOSED, 1), (OPEN, 1), (CLOSED, 1), (OPEN, 2), (CLOSED, 2), (REVEALED, 2)]
    assert [place.state for place in seen] == places


def test_what_is_still_measured_is_learned_later_and_once(tmp_path: Path) -> None:
    room = Room(tmp_path, replace(CHOICE, reveal={}))
    room.do(Step.OPEN, Step.CLOSE)
    with pytest.raises(NotNow, match="still being measured"):
        room.do(Step.REVEAL)
    with pytest.raises(NotYours):
        room.classes.learn(room.code, "guessed", 0, {"right": "a"})
    room.classes.learn(room.code, room.secret, 0, CHOICE.reveal)
    room.classes.learn(room.code, room.secret, 0, {"right": "a"})
    room.do(Step.REVEAL)
    assert room.classes.student(room.code)["reveal"] == CHOICE.reveal


def test_no_step_but_the_allowed_ones_leads_anywhere(room: Room) -> None:
    allowed = {
        (LOBBY, 1): {Step.OPEN},
        (OPEN, 1): {Step.CLOSE},
        (CLOSED, 1): {Step.REOPEN, Step.AGAIN, Step.REVEAL},
        (OPEN, 2): {Step.CLOSE},
        (CLOSED, 2): {Step.REOPEN, Step.REVEAL},
        (REVEALED, 2): set(),
    }
    for way in (Step.OPEN, Step.CLOSE, Step.AGAIN, Step.CLOSE, Step.REVEAL, None):
        here = room.place
        for step in set(Step) - allowed[here.state]:
            with pytest.raises(NotNow):
                room.do(step)
        assert room.place == here
        assert set(room.classes.console(room.code, room.secret)["steps"]) == allowed[here.state]
        if way:
            room.do(way)


def test_a_step_of_a_tab_that_saw_another_state_does_nothing(room: Room) -> None:
    stale = room.place
    room.do(Step.OPEN)
    with pytest.raises(NotNow, match="another tab"):
        room.classes.step(room.code, room.secret, Step.OPEN, stale)
    with pytest.raises(NotNow, match="close it"):
        room.go(1)
    room.do(Step.CLOSE)
    room.go(2)
    with pytest.raises(NotNow, match="another tab"):
        room.classes.go(room.code, room.secret, 1, stale)
    assert room.place == Place(2, LOBBY, 1)
    with pytest.raises(NotNow, match="no question there"):
        room.go(3)
    room.go(0)  # where it was left: nothing that was answered is gone
    assert room.place.state == (CLOSED, 1)


def test_an_answer_counts_once_and_can_be_changed_until_the_question_is_closed(room: Room) -> None:
    token = room.join()
    with pytest.raises(NotNow):
        room.answer(token, "a")
    room.do(Step.OPEN)
    assert room.answer(token, "a", sequence=1) == "a"
    assert room.answer(token, "b", sequence=2) == "b"
    assert room.answer(token, "a", sequence=1) == "b"  # one that was sent again, and arrives late
    assert room.tally()["counts"] == {"1": {"b": 1}}
    room.do(Step.CLOSE)
    with pytest.raises(NotNow, match="from before counts"):
        room.answer(token, "a", sequence=3)
    assert room.answer(token, "b", sequence=2) == "b"  # what was kept is acknowledged, also now
    with pytest.raises(NotNow, match="too late"):
        room.answer(room.join(), "a")
    assert room.tally()["counts"] == {"1": {"b": 1}}


def test_both_votes_are_kept_and_who_moved_is_told(room: Room) -> None:
    tokens = [room.join() for _ in range(4)]
    room.do(Step.OPEN)
    for token, choice in zip(tokens, "aabb", strict=True):
        room.answer(token, choice)
    room.do(Step.CLOSE, Step.AGAIN)
    with pytest.raises(NotNow):
        room.answer(tokens[3], "a", round=1, sequence=9)
    for token, choice in zip(tokens[:3], "bbb", strict=True):
        room.answer(token, choice, round=2, sequence=2)
    room.do(Step.CLOSE, Step.REVEAL)
    tally = room.classes.projector(room.code)["tally"]
    assert tally["counts"] == {"1": {"a": 2, "b": 2}, "2": {"b": 3}}
    assert sorted(tally["moved"]) == [["a", "b", 2], ["b", "b", 1]]
    assert tally["answered"] == {"1": 4, "2": 3}


def test_numbers_and_curves_have_a_middle_and_an_undecided_one_is_counted(room: Room) -> None:
    tokens = [room.join() for _ in range(4)]
    room.go(1)
    room.do(Step.OPEN)
    for token, value in zip(tokens, (10, 20.5, 90, "dont-know"), strict=True):
        room.answer(token, value, position=1)
    tally = room.tally()
    assert (tally["values"], tally["middle"], tally["answered"]) == ({"1": [10, 20.5, 90]}, {"1": 20.5}, {"1": 4})
    room.do(Step.CLOSE)
    room.go(2)
    assert room.tally()["middle"] == {"1": None}
    room.do(Step.OPEN)
    for token, curve in zip(tokens, ([0, 0, 0], [50, 10, 0], [100, 100, 100.0]), strict=False):
        room.answer(token, curve, position=2)
    assert room.tally()["middle"] == {"1": [50, 10, 0]}


def test_nothing_that_students_get_tells_the_answers_or_what_is_right_before_the_reveal(room: Room) -> None:
    students = [room.join() for _ in range(3)]
    for step in (None, Step.OPEN, Step.CLOSE, Step.AGAIN, Step.CLOSE):
        if step:
            room.do(step)
        if step in (Step.OPEN, Step.AGAIN):
            for number, student in enumerate(students):
                room.answer(student, "ab"[number % 2], round=room.place.round, sequence=number + 5)
        sent = json.dumps([room.classes.student(room.code), room.classes.projector(room.code)])
        assert "secretly" not in sent  # as in every reveal of the kit
        assert not {"tally", "counts", "values", "reveal", "moved"} & set(room.classes.student(room.code))
        assert "answered" not in room.classes.student(room.code)
    room.do(Step.REVEAL)
    after = room.classes.student(room.code)
    assert "secretly" in after["reveal"]["sentence"]
    assert after["tally"]["counts"] == {"1": {"a": 2, "b": 1}, "2": {"a": 2, "b": 1}}
    assert "moved" not in after["tally"]


def test_a_student_comes_back_with_the_token_and_finds_the_answers(room: Room) -> None:
    token = room.join()
    room.do(Step.OPEN)
    room.answer(token, "a", sequence=7)
    back = room.classes.join(room.code, token)
    assert (back.token, back.number, back.answers, back.sequence) == (token, 1, {"0.1": "a"}, 7)
    stranger = room.classes.join(room.code, "not a token of ours")  # a dead token is another student
    assert stranger.number == 2
    assert stranger.token != token
    room.classes.forget(room.code, token)
    assert room.tally()["answered"] == {"1": 0}
    assert room.classes.join(room.code, token).answers == {}
    room.answer(token, "b", sequence=8)
    assert room.tally()["counts"] == {"1": {"b": 1}}


def test_two_classes_do_not_meet(tmp_path: Path) -> None:
    one = Room(tmp_path)
    other = one.classes.open([CHOICE])
    token = one.join()
    one.do(Step.OPEN)
    with pytest.raises(NotYours):
        one.classes.answer(other.code, token, 0, 1, "a", 1)
    with pytest.raises(NotYours):
        one.classes.console(other.code, one.secret)
    with pytest.raises(NotYours):
        one.classes.step(one.code, other.secret, Step.CLOSE, one.place)
    assert one.place.state == (OPEN, 1)
    assert one.classes.projector(other.code)["joined"] == 0


@pytest.mark.parametrize(
    ("position", "raw"),
    [
        *((0, raw) for raw in ("c", "", None, 1, ["a"], {"a": 1}, "a" * 9_000, True)),
        *((1, raw) for raw in ("10", None, -0.1, 100.1, 10**400, float("nan"), float("inf"), True, [1], {})),
        *((2, raw) for raw in ([], [1, 2], [1, 2, 3, 4], [1, 2, None], [1, 2, 1e9], "123", {"0": 1}, [[1], 2, 3])),
    ],
)
def test_an_answer_that_the_question_does_not_have_is_refused_in_a_sentence(
    room: Room, position: int, raw: object
) -> None:
    token = room.join()
    room.go(position)
    room.do(Step.OPEN)
    with pytest.raises(BadAnswer) as refusal:
        room.answer(token, raw, position=position)
    assert len(str(refusal.value)) < 120
    assert room.tally()["answered"] == {"1": 0}


def test_rounds_and_questions_that_do_not_exist_are_refused(room: Room) -> None:
    token = room.join()
    room.do(Step.OPEN)
    for position, number in ((-1, 1), (3, 1), (0, 0), (0, 3)):
        with pytest.raises(BadAnswer):
            room.answer(token, "a", position=position, round=number)
    with pytest.raises(NotNow):
        room.answer(token, "a", round=2)


def test_codes_are_of_32_letters_and_read_as_they_are_typed() -> None:
    assert len(set(LETTERS)) == 32
    assert not set("IO01") & set(LETTERS)
    assert read_code(" abc-d2 3\n") == "ABCD23"
    for typed in ("", "ABC", "ABCD2O", "ABCD230", "ÄBCD23", "A" * 10_000, "ABCD2\0"):
        assert read_code(typed) is None


def test_codes_tokens_and_secrets_are_drawn_anew_and_only_their_hash_is_kept(room: Room, tmp_path: Path) -> None:
    classes = [room.classes.open([CHOICE]) for _ in range(15)]
    tokens = [room.join() for _ in range(15)]
    secrets = [opened.secret for opened in classes]
    assert len({*secrets, *tokens}) == 30
    assert all(len(secret) >= 43 for secret in (*secrets, *tokens))  # 256 bits in base 64
    assert all(read_code(opened.code) == opened.code for opened in classes)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("classes.sqlite*"))
    assert room.code.encode() in on_disk
    assert not any(secret.encode() in on_disk for secret in (*secrets, *tokens))
    fresh = room.classes.renew(room.code, room.secret)
    with pytest.raises(NotYours):
        room.classes.console(room.code, room.secret)
    assert room.classes.console(room.code, fresh)["joined"] == 15


def test_a_class_is_over_when_it_is_ended_expired_or_deleted(room: Room) -> None:
    token = room.join()
    room.do(Step.OPEN)
    room.answer(token, "a")
    room.clock.now += 23.9 * 3_600
    assert not room.classes.student(room.code)["over"]
    room.clock.now += 3_600
    with pytest.raises(ClassOver):
        room.answer(token, "b", sequence=2)
    with pytest.raises(ClassOver):
        room.join()
    with pytest.raises(ClassOver):
        room.do(Step.CLOSE)
    assert room.classes.student(room.code)["over"]
    assert room.classes.pulse({}) == {room.code: -1}
    assert "a" in room.classes.table(room.code, room.secret)  # the teacher still has it
    room.clock.now -= 3_600  # a clock that had jumped: nothing is lost
    assert room.answer(token, "b", sequence=2) == "b"
    room.classes.end(room.code, room.secret)
    with pytest.raises(ClassOver):
        room.answer(token, "a", sequence=3)
    assert room.classes.console(room.code, room.secret)["steps"] == []
    room.classes.delete(room.code, room.secret)
    with pytest.raises(NoSuchClass):
        room.classes.student(room.code)
    assert room.classes.pulse({}) == {}


def test_nobody_else_of_the_computer_reads_the_file_or_its_log(room: Room, tmp_path: Path) -> None:
    room.join()
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    assert {"classes.sqlite", "classes.sqlite-wal"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("is_whole", [False, True])
def test_what_is_deleted_is_in_no_file_any_more(room: Room, tmp_path: Path, is_whole: bool) -> None:
    def is_there() -> bool:
        return any(b"31.41592653" in path.read_bytes() for path in tmp_path.iterdir())

    token = room.join()
    room.go(1)
    room.do(Step.OPEN)
    room.answer(token, 31.41592653, position=1)
    assert is_there()
    if is_whole:
        room.classes.delete(room.code, room.secret)
    else:
        room.classes.forget(room.code, token)
    assert not is_there()


def test_a_backup_that_reads_keeps_no_class_waiting(room: Room, tmp_path: Path) -> None:
    token = room.join()
    room.go(1)
    room.do(Step.OPEN)
    room.answer(token, 31.41592653, position=1)
    backup = sqlite3.connect(tmp_path / "classes.sqlite", isolation_level=None)
    backup.execute("BEGIN")
    backup.execute("SELECT * FROM answers").fetchall()
    begin = time.monotonic()
    room.classes.forget(room.code, token)
    assert time.monotonic() - begin < 2
    backup.close()
    room.classes.tidy()
    assert not any(b"31.41592653" in path.read_bytes() for path in tmp_path.iterdir())


def test_an_answer_on_its_way_does_not_come_back_after_it_was_deleted(room: Room) -> None:
    token = room.join()
    room.do(Step.OPEN)
    room.answer(token, "a", sequence=4)
    room.classes.forget(room.code, token, 6)
    for sequence in (4, 5, 6):  # sent again, or still on its way
        with pytest.raises(NotNow, match="deleted"):
            room.answer(token, "a", sequence=sequence)
    assert room.tally()["answered"] == {"1": 0}
    assert room.classes.join(room.code, token).sequence == 6
    assert room.answer(token, "b", sequence=7) == "b"
    room.classes.forget(room.code, token)
    with pytest.raises(NotNow, match="deleted"):
        room.answer(token, "b", sequence=7)


def test_answers_go_a_day_after_the_class_also_if_nobody_opens_another(room: Room, tmp_path: Path) -> None:
    token = room.join()
    room.do(Step.OPEN)
    room.answer(token, "a")
    room.clock.now += 47.9 * 3_600
    room.classes.tidy()
    assert room.tally()["answered"] == {"1": 1}
    room.clock.now += 3_600
    room.classes.tidy()
    assert room.classes.pulse({}) == {}
    assert not any(room.code.encode() in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("reveal", [{"value": float("nan")}, {"sentence": "x" * 50_000}])
def test_what_cannot_be_revealed_is_refused_in_a_sentence(tmp_path: Path, reveal: dict[str, Any]) -> None:
    room = Room(tmp_path, replace(NUMBER, reveal={}))
    with pytest.raises(BadQuestion, match="In the fog"):
        room.classes.learn(room.code, room.secret, 0, reveal)


def test_what_is_deleted_or_long_over_is_gone_from_the_disk(room: Room, tmp_path: Path) -> None:
    other = room.classes.open([CHOICE])
    room.join()
    room.classes.delete(room.code, room.secret)
    room.clock.now += 49 * 3_600
    room.classes.open([NUMBER])
    room.classes.close()
    with sqlite3.connect(tmp_path / "classes.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM classes").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM questions").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM students").fetchone() == (0,)
    db.close()
    assert other.code.encode() not in (tmp_path / "classes.sqlite").read_bytes()
    room.classes = Classes(tmp_path, clock=room.clock)


def test_there_are_at_most_so_many_classes_and_students(tmp_path: Path) -> None:
    room = Room(tmp_path, most=2, most_students=3)
    room.classes.open([CHOICE])
    with pytest.raises(Crowded, match="2"):
        room.classes.open([CHOICE])
    tokens = [room.join() for _ in range(3)]
    with pytest.raises(Crowded, match="3 students"):
        room.join()
    assert room.classes.join(room.code, tokens[0]).number == 1
    room.classes.end(room.code, room.secret)
    room.classes.open([CHOICE])
    for questions in ([], [CHOICE] * 41):
        with pytest.raises(NotNow):
            room.classes.open(questions)


def test_a_full_class_gives_the_places_of_those_who_left_without_an_answer(tmp_path: Path) -> None:
    room = Room(tmp_path, most_students=3)
    answered, left, here = (room.join() for _ in range(3))
    room.do(Step.OPEN)
    room.answer(answered, "a")
    room.clock.now += 61
    room.classes.pulse({room.classes.who(room.code, here): room.clock.now})
    fresh = room.join()
    assert len({room.classes.who(room.code, token) for token in (answered, here, fresh)}) == 3
    assert room.tally()["counts"] == {"1": {"a": 1}}
    with pytest.raises(NotYours):
        room.classes.who(room.code, left)
    with pytest.raises(Crowded):
        room.join()


def test_the_table_has_every_answer_and_nobody(room: Room) -> None:
    tokens = [room.join(), room.join()]
    room.do(Step.OPEN)
    for token, choice in zip(tokens, "ab", strict=True):
        room.answer(token, choice)
    room.do(Step.CLOSE, Step.AGAIN)
    room.answer(tokens[0], "b", round=2, sequence=2)
    room.do(Step.CLOSE)
    room.go(2)
    room.do(Step.OPEN)
    room.answer(tokens[1], [1, 2.5, 3], position=2, sequence=3)
    rows = list(csv.DictReader(io.StringIO(room.classes.table(room.code, room.secret))))
    found = [(row["student"], row["lesson"], row["question"], row["round"], row["answer"]) for row in rows]
    assert found == [
        ("1", "fog", "which", "1", "a"),
        ("2", "fog", "which", "1", "b"),
        ("1", "fog", "which", "2", "b"),
        ("2", "fog", "curve", "1", "[1.0, 2.5, 3.0]"),
    ]
    assert {row["version"] for row in rows} == {"3"}
    assert {row["generation"] for row in rows} == {"2"}


def test_who_has_asked_lately_is_there(room: Room) -> None:
    tokens = [room.join(), room.join()]
    assert room.classes.projector(room.code)["here"] == 2
    room.clock.now += 60
    room.classes.pulse({room.classes.who(room.code, tokens[0]): room.clock.now})
    view = room.classes.projector(room.code)
    assert (view["here"], view["joined"]) == (1, 2)


def test_a_clock_that_goes_back_keeps_nobody_there_who_left(room: Room) -> None:
    left, here = room.join(), room.join()
    room.clock.now -= 3_600
    room.classes.pulse({room.classes.who(room.code, here): room.clock.now})
    assert room.classes.projector(room.code)["here"] == 1
    room.do(Step.OPEN)
    assert room.answer(left, "a") == "a"


def test_a_class_goes_on_after_a_restart_with_the_questions_it_was_opened_with(room: Room, tmp_path: Path) -> None:
    token = room.join()
    room.do(Step.OPEN)
    room.answer(token, "a")
    revision = room.classes.pulse({})[room.code]
    again = Classes(tmp_path, clock=room.clock)  # another process, or the same one started again
    assert again.pulse({}) == {room.code: revision}
    assert again.join(room.code, token).answers == {"0.1": "a"}
    assert again.console(room.code, room.secret)["question"] == CHOICE.public
    again.answer(room.code, token, 0, 1, "b", 2)
    again.close()
    assert room.tally()["counts"] == {"1": {"b": 1}}


def test_many_at_once_through_two_processes_are_each_counted_once(room: Room, tmp_path: Path) -> None:
    other = Classes(tmp_path, clock=room.clock)
    tokens = [room.join() for _ in range(40)]
    room.do(Step.OPEN)
    failed: list[BaseException] = []

    def send(part: int) -> None:
        try:
            for number, token in enumerate(tokens[part::4]):
                for sequence, choice in itertools.product((2, 1), "ab"):
                    (room.classes, other)[number % 2].answer(room.code, token, 0, 1, choice, sequence)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert not failed
    assert room.tally()["counts"] == {"1": {"a": 40}}


def test_the_classes_are_no_runs_and_housekeeping_leaves_them(room: Room, tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.used_bytes() == 0
    store.make_room(1)
    assert (tmp_path / "classes.sqlite").exists()
    assert store.list() == []
    assert room.join()


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_damaged_file_is_told_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "classes.sqlite").write_bytes(content)
    with pytest.raises(NotKept, match="damaged"):
        Classes(tmp_path)
    assert (tmp_path / "classes.sqlite").read_bytes() == content


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "classes.sqlite") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(NotKept, match="another version"):
        Classes(tmp_path)


def test_a_full_disk_refuses_an_answer_and_keeps_those_before(room: Room) -> None:
    tokens = [room.join() for _ in range(2)]
    room.do(Step.OPEN)
    room.answer(tokens[0], "a")
    with room.classes._database.look() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    room.classes._database._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NotKept, match="full"):
        [room.join() for _ in range(500)]
    room.classes._database._connection.execute("PRAGMA max_page_count = 100000")
    assert room.tally()["counts"] == {"1": {"a": 1}}
    assert room.answer(tokens[1], "b") == "b"


def test_a_read_only_file_is_told_in_a_sentence(room: Room) -> None:
    room.classes._database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(NotKept, match="cannot keep this"):
        room.join()
    assert issubclass(NotKept, Refusal)
