"""Limits are put into a finished specification."""

from typing import Any

import altair as alt
import pandas as pd
import pytest

from normlab.charts import curves, layers
from normlab.charts.limits import to_be_set, with_rows, within
from normlab.charts.theme import Spec, finish, rows


def domains(part: Any, channel: str) -> list[Any]:
    """Every domain of a channel, in whatever layer."""
    if isinstance(part, list):
        return [found for item in part for found in domains(item, channel)]
    if not isinstance(part, dict):
        return []
    own = part.get("encoding", {}).get(channel, {}).get("scale") or {}
    found = [own["domain"]] if "domain" in own else []
    return found + [deeper for item in part.values() for deeper in domains(item, channel)]


def drawn(scale: alt.Scale) -> Spec:
    y = alt.Y("value:Q", scale=scale)
    base = alt.Chart(rows()).encode(x=alt.X("epoch:Q", scale=alt.Scale(domain=[0, 9], nice=False)), y=y)
    zero = base.mark_rule().encode(y=alt.datum(0))
    return finish(alt.layer(zero, alt.layer(base.mark_line(), base.mark_point())), height=100)


def test_a_specification_with_limits_is_the_one_that_was_built_with_them() -> None:
    built = drawn(alt.Scale(domain=[-2.0, 5.0], nice=False))
    assert within(drawn(to_be_set()), y=(-2.0, 5.0)) == built


def test_the_limits_that_are_asked_for_are_in_every_layer_and_others_stay() -> None:
    first = curves.scores("accuracy", 15, 80.0, 100.0)
    before = domains(first, "y")
    assert before
    assert all(found == [80.0, curves.above(80.0, 100.0)] for found in before)
    second = curves.scores("accuracy", 15, 0.0, 50.0)
    assert all(found == [0.0, curves.above(0.0, 50.0)] for found in domains(second, "y"))
    assert domains(first, "y") == before
    assert domains(second, "x") == domains(first, "x")


def test_both_axes_can_have_limits() -> None:
    spec = layers.histograms(("relu", "bn"), -3.0, 7.0, 40.0)
    assert (domains(spec, "x"), domains(spec, "y")) == ([[-3.0, 7.0]], [[0, 40.0]])
    assert spec["encoding"]["y"]["scale"]["type"] == "sqrt"


def test_limits_come_with_the_rows_and_leave_the_specification_alone() -> None:
    frame = pd.DataFrame({"epoch": [1, 2], "accuracy": [81.0, 93.0]})
    low, high = (
        with_rows(curves.scores("accuracy", 15, 0.0, 100.0), frame),
        with_rows(curves.scores("accuracy", 15, 80.0, 100.0), frame),
    )
    assert [one.pop("datasets")["rows"].iloc[1].to_dict() for one in (low, high)] == [
        {
            "epoch": 2,
            "accuracy": 93.0,
            "x_low": 0,
            "x_high": pytest.approx(15.225),
            "y_low": floor,
            "y_high": curves.above(floor, 100),
        }
        for floor in (0.0, 80.0)
    ]
    assert low == high
    alt.Chart.from_dict(low, validate=True)


def test_without_rows_there_is_one_that_tells_the_limits_alone() -> None:
    spec = curves.scores("loss", 15, 0.0, 2.5)
    rows = with_rows(spec, pd.DataFrame({"epoch": [], "loss": []}))["datasets"]["rows"]
    assert rows[["epoch", "loss"]].isna().to_numpy().tolist() == [[True, True]]
    assert rows["y_high"].tolist() == [curves.above(0.0, 2.5)]


def test_axes_of_names_and_axes_that_differ_stay_as_they_are() -> None:
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]))
    other = alt.Y("value:Q", scale=alt.Scale(domain=[0, 2]))
    base = alt.Chart(rows()).mark_point().encode(x=alt.X("seed:O", scale=alt.Scale(domain=["a", "b"])))
    spec = finish(alt.layer(base.encode(y=y), base.encode(y=other)), height=100)
    frame = pd.DataFrame({"value": [0.5]})
    drawn = with_rows(spec, frame)
    assert list(drawn.pop("datasets")["rows"]) == ["value"]
    assert drawn == spec
