"""What phones and the wall ask for: in a process without a server, and with classes in a temporary folder."""

import asyncio
import base64
import gzip
import hashlib
import json
import random
import re
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import own_loop
import pytest
from asgi_kit import Answer, ask
from classroom_kit import CHOICE, EXPERIMENT, NUMBER, SKETCH
from starlette.applications import Starlette

from normlab.classroom import Classes, NotKept, Phase, Place, Question, Step
from normlab.web import board, guessing, pages, qr, reach, routes

JSON = {"Content-Type": "application/json"}


class Wire:
    """An app with one class, and how its browsers speak to it."""

    def __init__(self, folder: Path, *questions: Question) -> None:
        self.classes = Classes(folder, most_students=400)
        self.opened = self.classes.open(questions or (CHOICE, NUMBER, SKETCH))
        self.code, self.secret = self.opened.code, self.opened.secret
        self.app = Starlette(routes=routes("", lambda: self.classes))

    async def get(self, path: str, **headers: str) -> Answer:
        return await ask(self.app, path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    async def post(self, what: str, content: object, token: str = "", code: str = "") -> Answer:
        headers = JSON | {"X-Token": token, "X-Browser": token[:16] or "one"}
        return await ask(self.app, f"/c/{code or self.code}/{what}", headers=headers, body=json.dumps(content).encode())

    async def join(self) -> str:
        token: str = (await self.post("join", {})).content["token"]
        return token

    def do(self, *steps: Step) -> None:
        for step in steps:
            view = self.classes.projector(self.code)
            seen = Place(view["position"], Phase(view["phase"]), view["round"])
            self.classes.step(self.code, self.secret, step, seen, runs=8)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(tmp_path)
    yield made
    made.classes.close()


def answer(choice: Any, sequence: int = 1, position: int = 0, number: int = 1) -> dict[str, Any]:
    return {"position": position, "round": number, "answer": choice, "sequence": sequence}


def test_a_student_joins_answers_reloads_and_sees_the_reveal(wire: Wire) -> None:
    async def lesson() -> None:
        token = await wire.join()
        state = await wire.get(f"/c/{wire.code}/state", X_Token=token)
        assert (state.status, state.content["phase"]) == (200, "lobby")
        assert "question" not in state.content
        wire.do(Step.OPEN)
        news = await wire.get(f"/c/{wire.code.lower()}/state", X_Token=token, If_None_Match=state.headers["etag"])
        assert news.content["question"] == dict(CHOICE.public)
        assert (await wire.post("answer", answer("a"), token)).content == {"answer": "a"}
        again = await wire.post("join", {"token": token})
        assert again.content == {"token": token, "number": 1, "answers": {"0.1": "a"}, "sequence": 1}
        wire.do(Step.CLOSE)
        late = await wire.post("answer", answer("b", 2), token)
        assert (late.status, late.content["problem"]) == (
            409,
            "The question is closed: your answer from before counts.",
        )
        wire.do(Step.REVEAL)
        shown = await wire.get(f"/c/{wire.code}/state", X_Token=token, If_None_Match=news.headers["etag"])
        assert shown.content["reveal"]["right"] == "b"
        assert shown.content["tally"]["counts"] == {"1": {"a": 1}}
        wall = await wire.get(f"/c/{wire.code}/wall")
        assert wall.content["tally"]["moved"] == []
        assert (await wire.get(f"/c/{wire.code}/wall", If_None_Match=wall.headers["etag"])).status == 304
        assert (await wire.post("forget", {}, token)).status == 200
        assert wire.classes.console(wire.code, wire.secret)["tally"]["answered"] == {"1": 0}

    own_loop.run(lesson())


def test_who_has_the_state_is_told_as_soon_as_there_is_another(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "HOLD", 20.0)

    async def wait() -> None:
        tokens = [await wire.join() for _ in range(20)]
        first = [await wire.get(f"/c/{wire.code}/state", X_Token=token) for token in tokens]
        assert len({state.headers["etag"] for state in first}) == 1
        held = [
            asyncio.create_task(
                wire.get(f"/c/{wire.code}/state", X_Token=token, If_None_Match=first[0].headers["etag"])
            )
            for token in tokens
        ]
        await asyncio.sleep(0.6)
        assert not any(task.done() for task in held)
        wire.do(Step.OPEN)
        states = await asyncio.wait_for(asyncio.gather(*held), 10)
        assert {state.content["phase"] for state in states} == {"open"}
        assert wire.classes.projector(wire.code)["here"] == 20
        held = [
            asyncio.create_task(
                wire.get(f"/c/{wire.code}/state", X_Token=tokens[0], If_None_Match=states[0].headers["etag"])
            )
        ]
        await asyncio.sleep(0.3)
        wire.classes.end(wire.code, wire.secret)
        assert (await asyncio.wait_for(held[0], 10)).content["over"]

    own_loop.run(wait())


def test_nothing_new_is_said_after_a_while(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "HOLD", 0.3)

    async def wait() -> None:
        token = await wire.join()
        state = await wire.get(f"/c/{wire.code}/state", X_Token=token)
        same = await wire.get(f"/c/{wire.code}/state", X_Token=token, If_None_Match=state.headers["etag"])
        assert (same.status, same.body) == (304, b"")

    own_loop.run(wait())


def test_a_proxy_that_marks_the_names_of_states_makes_nobody_ask_without_end(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "HOLD", 0.0)

    async def look() -> None:
        token = await wire.join()
        for path in ("state", "wall"):
            name = (await wire.get(f"/c/{wire.code}/{path}", X_Token=token)).headers["etag"]
            for marked in (name, f"W/{name}", f'{name[:-1]}-gzip"'):
                assert (await wire.get(f"/c/{wire.code}/{path}", X_Token=token, If_None_Match=marked)).status == 304

    own_loop.run(look())


def test_an_answer_on_its_way_stays_deleted(wire: Wire) -> None:
    async def delete() -> None:
        token = await wire.join()
        wire.do(Step.OPEN)
        assert (await wire.post("forget", {"sequence": 3}, token)).status == 200
        assert (await wire.post("answer", answer("a", 3), token)).status == 409
        assert (await wire.post("answer", answer("a", 4), token)).status == 200
        assert (await wire.post("forget", {"sequence": "x"}, token)).status == 400

    own_loop.run(delete())


def test_a_student_whose_place_is_gone_hears_of_it(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lose() -> None:
        token = await wire.join()
        assert (await wire.get(f"/c/{wire.code}/state", X_Token=token)).status == 200
        with wire.classes._database.change() as db:
            db.execute("DELETE FROM students")
        monkeypatch.setattr(sys.modules["normlab.web.routes"], "_RECHECK", 0.0)
        assert (await wire.get(f"/c/{wire.code}/state", X_Token=token)).status == 403

    own_loop.run(lose())


def test_who_asks_often_with_long_names_fills_no_memory(wire: Wire) -> None:
    async def flood() -> None:
        tracemalloc.start()
        for number in range(300):
            await wire.get(f"/c/{wire.code}/wall", X_Token=f"{number}" + "x" * 60_000)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 5e6

    own_loop.run(flood())


def test_a_body_that_does_not_come_is_not_waited_for(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["normlab.web.routes"], "_PATIENCE", 0.05)
    statuses: list[int] = []

    async def never() -> MutableMapping[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def sent(message: MutableMapping[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    path = f"/c/{wire.code}/join"
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "root_path": "", "headers": headers}
    own_loop.run(asyncio.wait_for(wire.app(scope, never, sent), 10))
    assert statuses[0] == 503


def test_drawing_pictures_keeps_no_one_waiting(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "picture", lambda text: time.sleep(0.2) or b"<svg/>")

    async def flood() -> None:
        begin = time.monotonic()
        drawn = [
            asyncio.create_task(wire.get(f"/c/{wire.code}/qr.svg?at=http://a{number}.example")) for number in range(5)
        ]
        await asyncio.sleep(0)
        assert (await wire.get(f"/c/{wire.code}/wall")).status == 200
        assert time.monotonic() - begin < 0.2 * len(drawn) / 2
        assert {picture.status for picture in await asyncio.gather(*drawn)} == {200}

    own_loop.run(flood())


def test_a_wrong_setting_for_frames_is_said(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_CLASS_FRAMES", "moodle.example.org")
    pages.student.cache_clear()
    got = own_loop.run(wire.get("/c"))
    assert (got.status, "https://" in got.content["problem"]) == (503, True)


def test_nothing_before_the_reveal_tells_what_is_right_or_what_others_answered(wire: Wire) -> None:
    async def lesson() -> None:
        tokens = [await wire.join() for _ in range(4)]
        for step in (Step.OPEN, Step.CLOSE, Step.AGAIN, Step.CLOSE):
            wire.do(step)
            if step in (Step.OPEN, Step.AGAIN):
                number = 1 if step is Step.OPEN else 2
                sent = [await wire.post("answer", answer("ab"[at % 2], 9, 0, number), tokens[at]) for at in range(4)]
                assert [one.content for one in sent] == [{"answer": "ab"[at % 2]} for at in range(4)]
            for path in ("state", "wall"):
                got = await wire.get(f"/c/{wire.code}/{path}", X_Token=tokens[0])
                assert b"secretly" not in got.body
                assert not re.search(rb'"(right|counts|values|tally|reveal|moved|middle|replies)"', got.body)

    own_loop.run(lesson())


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("join", {}, b"{}", 415),
        ("join", JSON, b"", 400),
        ("join", JSON, b"[]", 400),
        ("join", JSON, b"\xff\xfe{}", 400),
        ("join", JSON, b"[" * 4_000, 400),
        ("join", JSON, b'{"token": "' + b"x" * 4_096 + b'"}', 413),
        ("join", JSON, b'{"token": "\\ud800"}', 200),
        ("answer", JSON, b"{}", 400),
        ("answer", JSON, json.dumps(answer("a")).encode(), 403),
        ("answer", JSON | {"X-Token": "forged"}, json.dumps(answer("a")).encode(), 403),
        ("answer", JSON, json.dumps(answer("a", -1)).encode(), 400),
        ("answer", JSON, json.dumps(answer("a", 2**60)).encode(), 400),
        ("answer", JSON, json.dumps(answer("a", True)).encode(), 400),
        ("forget", JSON | {"X-Token": "x" * 3_000}, b"{}", 403),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    wire: Wire, path: str, headers: Mapping[str, str], body: bytes, status: int
) -> None:
    got = own_loop.run(ask(wire.app, f"/c/{wire.code}/{path}", headers=headers, body=body))
    assert got.status == status
    if status != 200:
        assert list(got.content) == ["problem"]
        assert 10 < len(got.content["problem"]) < 120


def test_a_disk_that_keeps_nothing_is_no_ones_secret_path(tmp_path: Path) -> None:
    def nowhere() -> Classes:
        raise NotKept(f"{tmp_path} is damaged.")

    got = own_loop.run(ask(Starlette(routes=routes("", nowhere)), "/c/ABCDEF/join", headers=JSON, body=b"{}"))
    assert got.status == 503
    assert str(tmp_path) not in got.content["problem"]


def test_ended_and_unknown_classes_say_so(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST_DELAY", 0.0)

    async def late() -> None:
        token = await wire.join()
        wire.classes.end(wire.code, wire.secret)
        assert (await wire.post("join", {})).status == 410
        assert (await wire.post("answer", answer("a"), token)).status == 410
        assert (await wire.get(f"/c/{wire.code}/state", X_Token=token)).content["over"]
        wire.classes.delete(wire.code, wire.secret)
        for path in ("join", "answer", "forget"):
            assert (await wire.post(path, answer("a"), token)).status == 404
        for code in ("ABCDE", "ABCDE1", "ÄÖÜabc", "ABCDEF"):
            got = await ask(wire.app, f"/c/{code}/join", headers=JSON, body=b"{}")
            assert (got.status, "compare it" in got.content["problem"]) == (404, True)

    own_loop.run(late())


def test_only_wrong_codes_slow_a_browser_down_and_no_other(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST_DELAY", 0.0)

    async def guess() -> None:
        for _ in range(10):  # right ones count for nothing
            assert (await wire.post("join", {})).status == 200
        codes = [f"AAAA{one}{other}" for one in "ABCDE" for other in "ABCDE"]
        found = []
        for code in codes:
            headers = JSON | {"X-Browser": "guesser", "X-Token": code}  # other tokens do not help
            found.append((await ask(wire.app, f"/c/{code}/join", headers=headers, body=b"{}")).status)
        assert found == [404] * 20 + [429] * 5
        wall = await wire.get(f"/c/{wire.code}/wall", X_Browser="guesser", X_Token="t")
        assert (wall.status, "min" in wall.content["problem"]) == (429, True)
        assert (await wire.post("join", {})).status == 200  # from the same address

    own_loop.run(guess())


def test_wrong_codes_are_answered_later_the_more_there_are_and_are_forgiven() -> None:
    now = [0.0]
    guesses = guessing.Guesses(clock=lambda: now[0])
    delays = [guesses.wrong(f"browser {number}") for number in range(200)]
    assert delays[0] == 0
    assert delays == sorted(delays)
    assert max(delays) == guessing.MOST_DELAY
    assert guesses.wait("browser 0") == 0
    for _ in range(guessing.MOST):
        guesses.wrong("one")
    assert guesses.wait("one") == guessing.WINDOW
    now[0] += guessing.WINDOW
    assert guesses.wait("one") == 0
    assert guesses.wrong("one") == 0


def test_requests_are_limited_in_their_rate_by_who_asks() -> None:
    now = [0.0]
    rates = guessing.Rates(per_second=5, burst=25, clock=lambda: now[0])
    assert [rates.allow("one") for _ in range(30)] == [True] * 25 + [False] * 5
    assert rates.allow("other")
    now[0] += 1
    assert [rates.allow("one") for _ in range(6)] == [True] * 5 + [False]


def test_pages_are_small_and_load_nothing_from_elsewhere(wire: Wire) -> None:
    async def look() -> None:
        for path in ("/c", "/c/", f"/c/{wire.code}", "/c/anything", f"/c/{wire.code}/projector"):
            page = await wire.get(path)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert len(page.body) <= 30_000
            addresses = set(re.findall(rb"https?://[^\s'\"`)]*", page.body)) - {b"http://www.w3.org/2000/svg"}
            assert all(b"?" in one or one.endswith(b"/") for one in addresses), addresses  # patterns, no addresses
            for name in (b"randomUUID", b"clipboard", b"wakeLock", b"serviceWorker", b"eval("):
                assert name not in page.body
            packed = await wire.get(path, Accept_Encoding="gzip")
            assert len(packed.body) < len(page.body) / 2

    own_loop.run(look())


def test_what_a_kind_of_question_needs_comes_with_it_and_still_is_small(wire: Wire) -> None:
    async def look() -> None:
        page = await wire.get("/c")
        rules = page.headers["content-security-policy"]
        kinds = {question.kind for question in (CHOICE, NUMBER, SKETCH, EXPERIMENT)}
        assert set(pages.PARTS) == kinds
        for kind in kinds:
            part = await wire.get(f"/c/parts/{kind}.js")
            assert (part.status, part.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
            assert len(page.body) + len(part.body) <= 30_000
            assert base64.b64encode(hashlib.sha256(part.body).digest()).decode() in rules
            assert f"function {kind}(".encode() in part.body
            packed = await wire.get(f"/c/parts/{kind}.js", Accept_Encoding="gzip")
            assert gzip.decompress(packed.body) == part.body
        for name in ("shared", "..%2Fpages", "projector"):
            assert (await wire.get(f"/c/parts/{name}.js")).status == 404

    own_loop.run(look())


def test_a_run_is_told_to_its_owners_only(tmp_path: Path) -> None:
    wire = Wire(tmp_path, EXPERIMENT, CHOICE)

    async def lesson() -> None:
        one, other = await wire.join(), await wire.join()
        wire.do(Step.OPEN)
        mine = (await wire.post("run", {"position": 0}, one)).content
        assert (mine["state"], mine["owners"]) == ("ready", 1)
        assert (await wire.post("run", {"position": 0}, other)).content["place"] != mine["place"]
        early = await wire.post("run", {"position": 0, "train": True}, one)
        assert (early.status, "together" in early.content["problem"]) == (409, True)
        assert (await wire.post("answer", answer(90), one)).status == 200
        wire.do(Step.START)
        started = (await wire.post("run", {"position": 0, "train": True}, one)).content
        assert (started["state"], started["ahead"]) == ("waiting", 0)
        assert (await wire.post("answer", answer(50, 2), one)).status == 409
        state = (await wire.get(f"/c/{wire.code}/state", X_Token=one)).content
        assert "experiment" not in state
        assert "reveal" not in state
        wall = (await wire.get(f"/c/{wire.code}/wall")).content
        assert (wall["experiment"]["dots"], "bets" in wall["experiment"]) == ([], False)
        for body, token, status in (
            ({"position": 0}, "forged", 403),
            ({"position": 1}, one, 400),
            ({"position": 9}, one, 400),
            ({"position": "0"}, one, 400),
            ({}, one, 400),
            ([], one, 400),
        ):
            got = await wire.post("run", body, token)
            assert (got.status, list(got.content)) == (status, ["problem"])
        wire.do(Step.FINISH)
        late = await wire.join()
        assert (await wire.post("run", {"position": 0}, late)).status == 409
        assert (await wire.post("run", {"position": 0}, one)).content["place"] == mine["place"]
        wire.classes.end(wire.code, wire.secret)
        assert (await wire.post("run", {"position": 0, "train": True}, one)).status == 410

    own_loop.run(lesson())
    wire.classes.close()


def test_every_answer_has_the_headers_that_keep_others_out(wire: Wire) -> None:
    async def look() -> None:
        for path in (
            "ping",
            wire.code,
            f"{wire.code}/wall",
            f"{wire.code}/state",
            f"{wire.code}/qr.svg",
            "XXXXXX/wall",
        ):
            headers = (await wire.get(f"/c/{path}")).headers
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert "frame-ancestors" in headers["content-security-policy"]
        assert "frame-ancestors 'self'" in (await wire.get("/c")).headers["content-security-policy"]

    own_loop.run(look())


def test_only_sites_that_the_deployer_names_may_frame_the_students_page() -> None:
    assert pages.frames({}) == "'self'"
    named = {"NORMLAB_CLASS_FRAMES": "https://moodle.example.org  https://*.school.example:8443"}
    assert pages.frames(named) == "'self' https://moodle.example.org https://*.school.example:8443"
    for said in ("moodle.example.org", "https://a.example; script-src *", "*", "https://a.example/path"):
        with pytest.raises(pages.FramesProblem):
            pages.frames({"NORMLAB_CLASS_FRAMES": said})


def test_the_picture_leads_to_the_class_and_to_nothing_but_an_address(wire: Wire) -> None:
    async def look() -> None:
        picture = await wire.get(f"/c/{wire.code}/qr.svg?at=http://192.168.1.20:8501")
        assert (picture.status, picture.headers["content-type"]) == (200, "image/svg+xml")
        assert picture.body.startswith(b"<svg")
        assert picture.body != (await wire.get(f"/c/{wire.code}/qr.svg?at=http://192.168.1.21:8501")).body
        for at in ("", "javascript:alert(1)", "http://a b", "http://" + "a" * 300, "ftp://a"):
            assert (await wire.get(f"/c/{wire.code}/qr.svg?at={at}")).status == 404

    own_loop.run(look())


def test_another_device_that_calls_is_noticed_by_the_name_it_used(wire: Wire) -> None:
    async def call(host: str, caller: str) -> None:
        await ask(wire.app, "/c/ping", headers={"Host": host}, caller=caller)

    for caller in ("127.0.0.1", "::1", "::ffff:127.0.0.1", reach.outward(), "testclient"):
        own_loop.run(call("mine.example:8501", caller))
    assert not reach.was_reached("mine.example:8501")
    own_loop.run(call("mine.example:8501", "::ffff:203.0.113.9"))
    assert reach.was_reached("Mine.example:8501")
    assert not reach.was_reached("other.example:8501")
    assert all(address.count(".") == 3 and not address.startswith("127.") for address in reach.addresses())


SPICE: tuple[Callable[[random.Random], bytes], ...] = (
    lambda chance: chance.randbytes(chance.randrange(64)),
    lambda chance: json.dumps(answer(chance.choice(["a", None, 1e308, [1, 2, 3], {"a": []}, "x" * 900]))).encode(),
    lambda chance: json.dumps({"token": chance.choice(["", 5, None, "\ud800", "a" * 500])}).encode(),
    lambda chance: b"[" * chance.randrange(5_000),
    lambda chance: b'{"position":' + b"9" * chance.randrange(1, 4_000) + b"}",
    lambda chance: json.dumps(
        answer("b", chance.randrange(-3, 2**60), chance.randrange(-2, 5), chance.randrange(4))
    ).encode(),
)


async def fuzz(wire: Wire, seed: int, requests: int) -> None:
    """Whatever is sent, the answer is one of those that are meant, and the class stays as it is."""
    chance = random.Random(seed)
    token = await wire.join()
    wire.do(Step.OPEN)
    for number in range(requests):
        code = chance.choice([*[wire.code] * 12, wire.code.lower(), "AAAAAA", "%00", "..", "ü", "a" * 300, ""])
        posted = chance.random() < 0.6
        post, get = ["join", "answer", "answer", "forget"], ["state", "wall", "projector", "qr.svg", ""]
        what = chance.choice([*(post if posted else get) * 5, *post, *get, "x", "../.."])
        query = chance.choice(["", "?at=http://a", "?at=%ff", "?" + "a" * 500])
        headers = {
            "Content-Type": chance.choice(["application/json"] * 5 + ["text/plain", "", "Application/JSON; charset=x"]),
            "X-Token": chance.choice([token, "", "é", "x" * 900]),
            "X-Browser": f"{number % 997}",
            "If-None-Match": chance.choice(["", "*", '"a"']),
        }
        body = chance.choice(SPICE)(chance) if posted else None
        got: Answer = await ask(wire.app, f"/c/{code}/{what}{query}", headers=headers, body=body)
        assert got.status in {200, 304, 307, 400, 403, 404, 405, 409, 413, 415, 429, 503}, (got, code, what, body)
        assert b"secretly" not in got.body
        assert b"Traceback" not in got.body
    view = wire.classes.projector(wire.code)
    assert (view["phase"], view["position"], view["answered"] <= 1) == (Phase.OPEN, 0, True)
    assert wire.classes.console(wire.code, wire.secret)["questions"][0]["title"] == "In the fog"


def hurried(monkeypatch: pytest.MonkeyPatch, run: Awaitable[None]) -> None:
    monkeypatch.setattr(guessing, "MOST_DELAY", 0.0)
    monkeypatch.setattr(board, "HOLD", 0.0)
    monkeypatch.setattr(guessing.Rates, "allow", lambda self, who: True)  # else most would be refused unread
    monkeypatch.setattr(guessing, "MOST", 10_000)
    own_loop.run(run)  # type: ignore[arg-type]


def test_every_route_stands_whatever_is_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    hurried(monkeypatch, fuzz(wire, seed=20, requests=1_500))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_every_route_stands_ten_thousand_times(wire: Wire, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    hurried(monkeypatch, fuzz(wire, seed, requests=10_000))
