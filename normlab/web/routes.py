"""The routes, all below /c/: the student's page, the wall's, and what they ask for.

A request is small, and says in its headers who it is from: `X-Token` a student, `X-Browser` a browser that names itself
at random. Whatever cannot be done is said in one sentence: {"problem": …}.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from normlab.classroom import (
    GIVEN_BACK,
    UNKNOWN,
    BadAnswer,
    Classes,
    ClassOver,
    Crowded,
    NoSuchClass,
    NotKept,
    NotNow,
    NotYours,
    Refusal,
    read_code,
)
from normlab.errors import NormlabError
from normlab.web import pages, qr, reach
from normlab.web.board import Board, Shown
from normlab.web.guessing import Guesses, Rates

MOST_BYTES = 4_096
"""Of a request's body."""
_STATUS: Mapping[type[Refusal], int] = {
    NoSuchClass: 404,
    ClassOver: 410,
    NotYours: 403,
    NotNow: 409,
    BadAnswer: 400,
    Crowded: 503,
    NotKept: 503,
}
_NOT_KEPT = "The server cannot keep answers now: yours stays on this phone, and is sent again."
_SITE = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,200}(/[A-Za-z0-9/_-]{0,100})?")
_MOST_SEQUENCE = 2**53
_RECHECK = 30.0
"""Seconds for which tokens are known without the disk: a full class gives the places of the absent away."""
_PATIENCE = 10.0
"""Seconds in which a body must have come: a connection that says nothing more is not held for ever."""
_log = logging.getLogger(__name__)


class _Refused(Exception):
    """A request that is answered with a sentence before a class is asked."""

    def __init__(self, status: int, problem: str, **headers: str) -> None:
        self.status, self.problem, self.headers = status, problem, headers


def routes(base: str, classes: Callable[[], Classes]) -> list[Route]:
    """`base` is the path under which the app is served (Streamlit's `server.baseUrlPath`), "" at a server's root.

    `classes` is asked at every request, in a thread that may wait; a `NormlabError` of it is told in its sentence.
    """
    path = base.strip("/")
    root = f"/{path}/c" if path else "/c"
    desk = _Desk(classes)
    return [
        Route(f"{root}/ping", _ping),
        *(Route(f"{root}{end}", _student) for end in ("", "/", "/{code}", "/{code}/")),
        Route(f"{root}/parts/{{name}}.js", _part),
        Route(f"{root}/{{code}}/projector", _projector),
        Route(f"{root}/{{code}}/qr.svg", desk.qr),
        Route(f"{root}/{{code}}/join", desk.join, methods=["POST"]),
        Route(f"{root}/{{code}}/state", desk.state),
        Route(f"{root}/{{code}}/answer", desk.answer, methods=["POST"]),
        Route(f"{root}/{{code}}/run", desk.run, methods=["POST"]),
        Route(f"{root}/{{code}}/forget", desk.forget, methods=["POST"]),
        Route(f"{root}/{{code}}/wall", desk.wall),
    ]


async def _ping(request: Request) -> Response:
    """Whether routes arrive here: a page asks its browser, since not every host serves them."""
    await _note_call(request)
    return _json({"app": "normlab"})


async def _student(request: Request) -> Response:
    """The same for every code: whether there is such a class is said when somebody joins."""
    await _note_call(request)
    try:
        return _page(request, pages.student())
    except pages.FramesProblem as problem:
        _log.error("Students get no page: %s", problem)
        return _json({"problem": str(problem)}, 503)


async def _part(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in pages.PARTS:
        return _json({"problem": "There is no such script."}, 404)
    return _page(request, pages.part(name), "text/javascript")


async def _projector(request: Request) -> Response:
    return _page(request, pages.projector())


def _page(request: Request, page: pages.Page, kind: str = "text/html") -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(page.body, media_type=kind, headers=dict(page.headers))
    headers = dict(page.headers) | {"Content-Encoding": "gzip"}
    return Response(page.packed, media_type=kind, headers=headers)


async def _note_call(request: Request) -> None:
    host, caller = request.headers.get("host", ""), request.client.host if request.client else ""
    await asyncio.to_thread(reach.called, host, caller)


def _json(content: object, status: int = 200, **headers: str) -> JSONResponse:
    return JSONResponse(content, status, headers=dict(pages.PLAIN_HEADERS) | headers)


def _sent(shown: Shown | None) -> Response:
    """A state with its name; None is the one that the browser has."""
    if shown is None:
        return Response(status_code=304, headers=dict(pages.PLAIN_HEADERS))
    headers = dict(pages.PLAIN_HEADERS) | {"ETag": shown.name}
    return Response(shown.body, media_type="application/json", headers=headers)


_Handler = Callable[["_Desk", Request], Awaitable[Response]]


def _told(handle: _Handler) -> _Handler:
    """The handler, whose refusals are answered in a sentence; a wrong code as late as guessing deserves."""

    async def answer(desk: "_Desk", request: Request) -> Response:
        try:
            return await handle(desk, request)
        except _Refused as refused:
            return _json({"problem": refused.problem}, refused.status, **refused.headers)
        except NoSuchClass as problem:
            await asyncio.sleep(desk.guesses.wrong(_browser(request)))
            return _json({"problem": str(problem)}, 404)
        except NotKept as problem:
            _log.error("A class cannot be kept: %s", problem)
            return _json({"problem": _NOT_KEPT}, 503)
        except Refusal as problem:
            return _json({"problem": str(problem)}, _STATUS[type(problem)])
        except NormlabError as problem:
            _log.error("There are no classes: %s", problem)
            return _json({"problem": _NOT_KEPT}, 503)
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


class _Desk:
    """What the pages ask for."""

    def __init__(self, classes: Callable[[], Classes]) -> None:
        self._board = Board(classes)
        self._rates = Rates(per_second=5, burst=25)
        self._students: dict[tuple[str, str], int] = {}
        self._known_at = time.monotonic()
        self._drawing = asyncio.Lock()
        self.guesses = Guesses()

    async def qr(self, request: Request) -> Response:
        """The address of a class as a picture; `at` is the app's address as phones know it. One is drawn at a time."""
        code, at = read_code(request.path_params["code"]), request.query_params.get("at", "")
        if code is None or not _SITE.fullmatch(at):
            return _json({"problem": "There is no such picture."}, 404)
        async with self._drawing:
            picture = await asyncio.to_thread(qr.picture, f"{at.rstrip('/')}/c/{code}")
        return Response(picture, media_type="image/svg+xml", headers=dict(pages.PLAIN_HEADERS))

    @_told
    async def join(self, request: Request) -> Response:
        """{"token": of before, if there is one} → who the student is, and what was answered."""
        code, body = await self._asked(request)
        token = body.get("token")
        joined = await self._board.do(Classes.join, code, token if isinstance(token, str) else None)
        return _json(
            {
                "token": joined.token,
                "number": joined.number,
                "answers": dict(joined.answers),
                "sequence": joined.sequence,
            }
        )

    @_told
    async def state(self, request: Request) -> Response:
        """What the class shows; if the browser has that already, once there is something else, or 304."""
        code, token = self._code(request), self._token(request)
        self._board.note(await self._who(code, token))
        shown = await self._board.after(_known(request), lambda: self._board.student(code))
        return _sent(shown)

    @_told
    async def answer(self, request: Request) -> Response:
        """{"position", "round", "answer", "sequence"} → what counts now."""
        code, body = await self._asked(request)
        position, number, sequence = (body.get(name) for name in ("position", "round", "sequence"))
        if not all(_is_count(value) for value in (position, number, sequence)):
            raise _Refused(400, "An answer says its question, its round and its number.")
        token = self._token(request)
        kept = await self._board.do(Classes.answer, code, token, position, number, body.get("answer"), sequence)
        return _json({"answer": kept})

    @_told
    async def run(self, request: Request) -> Response:
        """{"position", "train": whether to start it} → the student's own run of the experiment there."""
        code, body = await self._asked(request)
        position, token = body.get("position"), self._token(request)
        if not _is_count(position):
            raise _Refused(400, "Whose run it is depends on the experiment: its number is missing.")
        student = await self._who(code, token)
        known = await self._board.runs(code)
        if body.get("train") is True or known["position"] != position or student not in known["places"]:
            await self._board.do(partial(Classes.own, train=body.get("train") is True), code, token, position)
            known = await self._board.runs(code, is_fresh=True)
        if student not in known["places"]:
            raise _Refused(409, GIVEN_BACK)
        return _json(known["runs"][known["places"][student]])

    async def _who(self, code: str, token: str) -> int:
        """The student; known for a while without the disk."""
        if time.monotonic() - self._known_at > _RECHECK:
            self._students, self._known_at = {}, time.monotonic()
        student = self._students.get((code, token))
        if student is None:
            student = self._students[code, token] = await self._board.do(Classes.who, code, token)
        return student

    @_told
    async def forget(self, request: Request) -> Response:
        """{"sequence": the last that the student has counted} → all answers of the student are deleted."""
        code, body = await self._asked(request)
        sequence = body.get("sequence", 0)
        if not _is_count(sequence):
            raise _Refused(400, "The number of the last answer must be a number.")
        await self._board.do(Classes.forget, code, self._token(request), sequence)
        return _json({})

    @_told
    async def wall(self, request: Request) -> Response:
        """What the wall shows, or 304."""
        shown = await self._board.wall(self._code(request))
        return _sent(None if _known(request) == shown.name else shown)

    def _code(self, request: Request) -> str:
        if not self._rates.allow(self._token(request) or _browser(request)):
            raise _Refused(429, "That is too fast: wait a moment.")
        if wait := self.guesses.wait(_browser(request)):
            raise _Refused(429, f"Too many wrong codes: try again in {1 + round(wait) // 60} min.")
        code = read_code(request.path_params["code"])
        if code is None:
            raise NoSuchClass(UNKNOWN)
        return code

    def _token(self, request: Request) -> str:
        return request.headers.get("x-token", "")[:200]

    async def _asked(self, request: Request) -> tuple[str, dict[str, Any]]:
        """The class' code, and what is asked of it: a small JSON object, said to be one."""
        code = self._code(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(415, "What is sent here must be JSON.")
        content = b""
        try:
            async with asyncio.timeout(_PATIENCE):
                async for part in request.stream():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise _Refused(413, f"At most {MOST_BYTES:,} bytes are read.", Connection="close")
        except TimeoutError:
            raise _Refused(503, "What was sent came too slowly: it is sent again.", Connection="close") from None
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):  # also what is not UTF-8
            raise _Refused(400, "What was sent is not JSON.") from None
        if not isinstance(body, dict):
            raise _Refused(400, "What was sent is no JSON object.")
        return code, body


def _known(request: Request) -> str:
    """The name of the state that the browser has; a proxy that packs answers may have marked it."""
    return request.headers.get("if-none-match", "").removeprefix("W/").replace('-gzip"', '"')


def _browser(request: Request) -> str:
    return request.headers.get("x-browser", "")[:64]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SEQUENCE
