"""Tables wait for a projector's sizes; that the browser tells of them is tested in Chromium."""

from streamlit.testing.v1 import AppTest


def draw() -> None:
    import pandas as pd

    from normlab.app.shell import tables

    tables.show("numbers", pd.DataFrame({"value": [97.125]}), alt="One number.", columns={})


def page(at: AppTest | None = None, *, projector: bool) -> AppTest:
    at = at or AppTest.from_function(draw, default_timeout=20)
    at.session_state["address-projector"] = projector
    at.run()
    assert not at.exception
    return at


def test_a_table_of_the_usual_size_is_drawn_at_once() -> None:
    assert len(page(projector=False).dataframe) == 1


def test_sizes_that_are_switched_back_at_once_are_waited_for_all_the_same() -> None:
    """The browser may have taken the large ones in between."""
    at = page(projector=True)
    assert not at.dataframe
    assert not page(at, projector=False).dataframe
