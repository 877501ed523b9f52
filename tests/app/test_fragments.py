"""What a fragment's second run makes Streamlit's server forget leaves nothing without its place in the browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from app_store import keep
from lab_kit import FakeEngine, ticket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from normlab import app as package
from normlab.app.lab.setup import PANELS
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.store import Store

OpenApp = Callable[..., AppTest]


@dataclass
class Sent:
    """What the server has sent since."""

    messages: list[ForwardMsg] = field(default_factory=list)

    def fragments(self) -> set[str]:
        return {message.delta.fragment_id for message in self.messages} - {""}

    def without(self, forgotten: set[str]) -> list[ForwardMsg]:
        return [message for message in self.messages if message.delta.fragment_id not in forgotten]


@pytest.fixture
def sent() -> Iterator[Sent]:
    found = Sent()

    def note(message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "delta":
            found.messages.append(message)

    ForwardMsgQueue.on_before_enqueue_msg(note)
    yield found
    ForwardMsgQueue.on_before_enqueue_msg(None)


def place(messages: list[ForwardMsg]) -> None:
    """As a browser does: a place in a block is one that is there, or the next."""
    root: dict[int, Any] = {}
    for message in messages:
        path, here = list(message.metadata.delta_path), root
        for step in path[1:-1]:
            here = here.setdefault(path[0], {}) if here is root else here
            assert step in here, f"{path} is in a block that is not there"
            here = here[step]
            assert here is not None, f"{path} is in what is no block"
        here = here.setdefault(path[0], {}) if here is root else here
        assert path[-1] <= len(here), f"{path} leaves a gap behind {len(here)} elements"
        here[path[-1]] = here.get(path[-1]) or {} if message.delta.WhichOneof("type") == "add_block" else None


def holds(sent: Sent) -> None:
    found = sent.fragments()
    assert found
    for forgotten in (set(), found, *({one} for one in found)):
        place(sent.without(forgotten))


@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_leaves_parts_without_a_place(app: OpenApp, sent: Sent, panel: str) -> None:
    app(panel=panel.lower().replace(" ", "-"))
    holds(sent)


def test_nor_does_a_run_that_trains_or_nobody_has_trained(
    app: OpenApp, engine: FakeEngine, store: Store, sent: Sent
) -> None:
    config = changed(RunConfig(), {"seed": 77})
    app(seed="77")
    holds(sent)
    sent.messages.clear()
    engine.tickets = {(waiting := ticket(config, "waiting")).run_id: waiting}
    app(seed="77", panel="log")
    holds(sent)
    sent.messages.clear()
    app(dataset="fashion-mnist")
    holds(sent)


@pytest.mark.parametrize("name", ["compare", "data", "draw", "stress", "study", "worksheet"])
def test_nor_does_another_page(app: OpenApp, store: Store, sent: Sent, name: str) -> None:
    keep(store, changed(RunConfig(), {"seed": 77}))
    app()
    sent.messages.clear()

    def draw(name: str) -> None:
        from importlib import import_module

        from normlab.app.lab import tour

        import_module(f"normlab.app.{name}.page").PAGE.show()
        tour.card()

    at = AppTest.from_function(draw, default_timeout=30, kwargs={"name": name}).run()
    assert not at.exception, at.exception
    holds(sent)


def test_the_run_is_the_same_fragment_before_and_after_its_end(
    app: OpenApp, engine: FakeEngine, store: Store, sent: Sent
) -> None:
    """So a click that is under way when a training ends is answered."""
    config = changed(RunConfig(), {"seed": 77, "epochs": 3})
    engine.tickets = {(running := ticket(config, "running")).run_id: running}
    at = app(seed="77", epochs="3")
    before = sent.fragments()
    sent.messages.clear()
    engine.tickets.clear()
    keep(store, config)
    at.run()
    assert at.get("vega_lite_chart")
    assert sent.fragments() == before


def test_a_part_with_a_timer_in_another_part_is_refused() -> None:
    def draw() -> None:
        import streamlit as st

        from normlab.app.shell.fragments import fragment

        def inner() -> None:
            st.text("inner")

        def outer() -> None:
            fragment(inner)()
            try:
                fragment(inner, every=1.0)()
            except RuntimeError as refusal:
                st.text(str(refusal))

        fragment(outer)()

    told = [text.value for text in AppTest.from_function(draw, default_timeout=20).run().text]
    assert told == ["inner", "draw.<locals>.inner has a timer and stands in another fragment."]


def test_every_fragment_is_made_in_one_place() -> None:
    folder = Path(str(package.__file__)).parent
    assert {path.name for path in folder.rglob("*.py") if "st.fragment" in path.read_text(encoding="utf-8")} == {
        "fragments.py"
    }
