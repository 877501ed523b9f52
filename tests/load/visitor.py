"""A visitor of the app without a browser: speaks Streamlit's own protocol over its websocket.

Keeps what the page shows, answers the page's timers as a browser does, and measures how long every rerun takes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from widgets import Value, Widgets, inner, is_widget, pressed

_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_PATIENCE_SECONDS = 60.0
Path = tuple[int, ...]


@dataclass
class _Shown:
    """An element on the page, and the script run that drew it."""

    element: Element
    fragment: str
    run: str


@dataclass
class Rerun:
    """One finished script run: how long it took from the request to its last message, and whether it was a tick."""

    seconds: float
    is_tick: bool
    problem: str = ""


@dataclass
class Visitor:
    """One session. `reruns` grows; `page` is what is shown now."""

    socket: ClientConnection
    url: str
    query: str = ""
    reruns: list[Rerun] = field(default_factory=list)
    _widgets: Widgets = field(default_factory=Widgets)
    _shown: dict[Path, _Shown] = field(default_factory=dict)
    _timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _run: str = ""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def change(self, **values: Value) -> Rerun:
        """Change settings, named as in a configuration, and wait until the page is drawn."""
        return await self.rerun(values={f"setting-{name}": value for name, value in values.items()})

    async def click(self, button: str) -> Rerun:
        """Press the button with this key."""
        return await self.rerun(button=button)

    async def go(self, query: str) -> Rerun:
        """Write another query into the address of the open page."""
        self.query = query
        return await self.rerun()

    async def rerun(
        self, fragment: str = "", *, values: Mapping[str, Value] | None = None, button: str = "", is_tick: bool = False
    ) -> Rerun:
        """Change widgets by key, press a button, and wait until the page is drawn. Raises `TimeoutError`."""
        started = time.perf_counter()
        async with self._turn:  # one at a time: the next request waits, as a tick behind a click does
            if is_tick and fragment not in self._timers:
                return Rerun(0.0, True)
            for key, value in (values or {}).items():
                self._widgets.change(self._find(key), value)
            await self._ask(fragment, [pressed(self._find(button))] if button else [], is_tick=is_tick)
            await asyncio.wait_for(self._listen(fragment), _PATIENCE_SECONDS)
        done = Rerun(time.perf_counter() - started, is_tick, self.exception())
        self.reruns.append(done)
        return done

    def has(self, key: str) -> bool:
        """Whether a widget with this key is shown, and can be used."""
        return any(not inner(element).disabled for element in self._with_key(key))

    @property
    def is_ticking(self) -> bool:
        """Whether a part of the page draws itself again and again: a run is watched."""
        return bool(self._timers)

    def texts(self, kind: str) -> list[str]:
        """What elements of a kind say: "markdown" (captions too), "alert", "heading", "progress"."""
        found = [getattr(shown.element, kind) for shown in self._shown.values() if shown.element.HasField(kind)]
        return [item.text if kind == "progress" else item.body for item in found]

    def exception(self) -> str:
        """The traceback's type and message if the page shows one, else empty."""
        found = [shown.element.exception for shown in self._shown.values() if shown.element.HasField("exception")]
        return f"{found[0].type}: {found[0].message}" if found else ""

    def charts(self) -> list[Element]:
        return [shown.element for shown in self._shown.values() if shown.element.HasField("vega_lite_chart")]

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether something comes true on the page, whose timers go on, in so many seconds."""
        end = time.monotonic() + seconds
        while not holds() and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return holds()

    async def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self.socket.close()

    def _with_key(self, key: str) -> list[Element]:
        elements = (shown.element for shown in self._shown.values())
        return [element for element in elements if is_widget(element) and inner(element).id.endswith(f"-{key}")]

    def _find(self, key: str) -> Element:
        found = self._with_key(key)
        if not found:
            raise LookupError(f"The page has no widget {key!r}.")
        return found[0]

    async def _ask(self, fragment: str, triggers: list[WidgetState], *, is_tick: bool) -> None:
        message = BackMsg()
        request = message.rerun_script
        request.query_string, request.fragment_id, request.is_auto_rerun = self.query, fragment, is_tick
        request.context_info.url = self.url
        request.widget_states.widgets.extend([*self._widgets.states(), *triggers])
        await self.socket.send(message.SerializeToString())

    async def _listen(self, fragment: str) -> None:
        """Take in messages until the script that was asked for, or the one that it asked for itself, has ended."""
        is_whole = not fragment
        while True:
            data = await self.socket.recv()
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "delta":
                    self._take(tuple(message.metadata.delta_path), message.delta)
                case "page_info_changed":
                    self.query = message.page_info_changed.query_string
                case "new_session":
                    self._run = message.metadata.run.script_run_id
                    is_whole = not message.metadata.run.fragment_ids
                case "auto_rerun":
                    self._tick(message.auto_rerun.fragment_id, message.auto_rerun.interval)
                case "stop_auto_rerun":
                    for name in message.stop_auto_rerun.fragment_ids:
                        self._stop_timer(name)
                case "script_finished" if message.script_finished in _DONE:
                    self._drop_stale("" if is_whole else fragment)
                    return

    def _take(self, path: Path, delta: Delta) -> None:
        if delta.WhichOneof("type") == "new_element":
            self._shown[path] = _Shown(delta.new_element, delta.fragment_id, self._run)
            self._widgets.see(delta.new_element)
        elif delta.WhichOneof("type") == "add_block":
            self._shown.pop(path, None)

    def _drop_stale(self, fragment: str) -> None:
        """After a whole run all that it did not draw is gone; after a fragment's, what the fragment did not draw."""
        self._shown = {
            path: shown
            for path, shown in self._shown.items()
            if shown.run == self._run or (fragment and shown.fragment != fragment)
        }
        widgets = (shown.element for shown in self._shown.values() if is_widget(shown.element))
        self._widgets.keep({inner(widget).id for widget in widgets})
        if not fragment:
            drawn = {shown.fragment for shown in self._shown.values()}
            for name in [name for name in self._timers if name not in drawn]:
                self._stop_timer(name)

    def _tick(self, fragment: str, interval: float) -> None:
        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(self._keep_ticking(fragment, interval))

    async def _keep_ticking(self, fragment: str, interval: float) -> None:
        while fragment in self._timers:
            await asyncio.sleep(interval)
            await self.rerun(fragment, is_tick=True)

    def _stop_timer(self, fragment: str) -> None:
        timer = self._timers.pop(fragment, None)
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()


@asynccontextmanager
async def visit(url: str, query: str = "") -> AsyncIterator[Visitor]:
    """Open the page at an address' query, and wait until it is drawn."""
    parts = urlsplit(url)
    stream = f"ws://{parts.netloc}/_stcore/stream"
    connection = connect(
        stream,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        open_timeout=_PATIENCE_SECONDS,
        max_size=None,
        ping_interval=None,
    )
    async with connection as socket:
        visitor = Visitor(socket, url, query)
        try:
            await visitor.rerun()
            yield visitor
        finally:
            await visitor.close()
