"""The ruler on the page: what the drawing gets is what the layer does."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import synthetic
from app_store import keep, opened
from streamlit.testing.v1 import AppTest

from normlab import images, inference, ruler
from normlab.app.ruler import of_run, of_sheet
from normlab.app.ruler.of_run import Shown
from normlab.app.ruler.picture import Made, Picture, Ruler, Sample, Step, data, steps
from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.normmath import Cell
from normlab.normmath import steps as steps_of
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store
from normlab.worksheet import StudyLayer, study_values

norms = pytest.mark.parametrize("norm", list(Norm))


def config(*names: Norm) -> RunConfig:
    return changed(RunConfig(), {"norms": names})


def picture(run: synthetic.MemoryRun, shown: Shown | None = None) -> Picture:
    found = of_run.picture(run, None, shown or Shown())
    assert isinstance(found, Picture)
    return found


@norms
def test_a_picture_has_the_numbers_of_the_ruler(app: Callable[..., AppTest], norm: Norm) -> None:
    run = synthetic.run(config(norm))
    found = picture(run)
    weights = run.snapshot(run.snapshot_epochs()[-1]).weights
    test = images.load(run.config.data.dataset).test.images[: ruler.IMAGES]
    batch = inference.normalized(test, run.config.data.dataset)
    block = ruler.blocks(run.config.model, weights, batch)[-1]
    own = ruler.channel(run.config.model, weights, batch, "block6", block.most_telling, norm)
    assert (found.gamma, found.beta) == (own.gamma, own.beta)
    for made, reading in zip(found.made, own.readings, strict=True):
        assert [one.zero for one in made.rulers] == reading.zeros.tolist()
        assert [one.unit for one in made.rulers] == reading.units.tolist()
        np.testing.assert_allclose(made.at, reading.values.mean(axis=(1, 2)))
        assert made.bars is not None
        assert made.bars.zeros == pytest.approx(float((reading.values == 0).mean()))
        assert all(found.low < value < found.high for value in (*made.at, *made.low, *made.high))
    assert len(json.dumps(data(found))) < 30_000


@norms
def test_a_norm_that_does_not_center_subtracts_nothing(norm: Norm) -> None:
    assert (Step.SUBTRACT in steps(norm)) == norm.spec.centers
    sheet = study_values(StudyLayer.N)
    sent = data(of_sheet.picture(norm, sheet.shape, steps_of(sheet, norm, 2, Cell(0, 0, 0, 0))))
    assert sent["stops"][0] == "before"
    told = " ".join(sent["words"]["names"].values())
    assert ("Subtract" in told) == norm.spec.centers
    assert ("shift" in told) == norm.spec.has_beta


@norms
def test_the_sheets_ruler_reads_what_the_steps_say(norm: Norm) -> None:
    sheet = study_values(StudyLayer.N)
    found = steps_of(sheet, norm, 2, Cell(2, 1, 0, 1), 1.5, -0.5)
    shown = of_sheet.picture(norm, sheet.shape, found, 1.5, -0.5)
    assert shown.sample is not None
    ((own,), at) = shown.made[0].rulers, shown.made[0].at[shown.sample]
    mark = (at - own.zero) / own.unit
    assert mark == pytest.approx(found.normalized)
    assert shown.gamma * mark + shown.beta == pytest.approx(found.output)
    assert shown.samples[shown.sample].name == "image 3, channel 2, row 1, column 2"


def draw() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab.app.ruler import of_run
    from normlab.app.shell import cached
    from normlab.config import RunConfig
    from normlab.settings import changed

    names = tuple(name for name in st.query_params["norms"].split("+") if name)
    run = cached.run(changed(RunConfig(), {"norms": names}))
    assert run is not None
    of_run.show(run, None, of_run.Shown())


@pytest.mark.parametrize("names", ["bn", "", "bn+gn"])
def test_the_page_has_the_ruler_or_one_sentence(store: Store, names: str) -> None:
    own = config(*(Norm(name) for name in names.split("+") if name))
    if store.read(run_id(own)) is None:
        keep(store, own)
    at = opened(draw, norms=names)
    sent = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    if not names:
        assert not sent
        assert "No norm, no ruler" in at.info[0].value
        return
    assert sent[0]["title"] == "BatchNorm, block 6"
    assert len(sent[0]["samples"]) == ruler.IMAGES
    assert (sent[0]["norms"] is None) == ("+" not in names)


def test_a_run_that_keeps_no_weights_yet_says_so(app: Callable[..., AppTest]) -> None:
    run = synthetic.run(config(Norm.BN), status=Status.RUNNING, epochs=2)
    assert (
        of_run.picture(run, None, Shown())
        == "The ruler needs this run's weights: they are kept once the run has ended."
    )


@pytest.mark.parametrize(("weight", "is_drawn"), [(1e38, False), (-1e-3, True)])
def test_values_beyond_all_numbers_are_said_and_a_dead_channel_is_drawn(
    app: Callable[..., AppTest], weight: float, is_drawn: bool
) -> None:
    run = synthetic.run(config(Norm.BN))
    snapshots = dict(run.snapshots)
    for epoch, snapshot in run.snapshots.items():
        kernel = np.full_like(snapshot.weights["block6.conv.weight"], weight)
        snapshots[epoch] = replace(snapshot, weights={**snapshot.weights, "block6.conv.weight": kernel})
    found = of_run.picture(replace(run, snapshots=snapshots), None, Shown())
    assert isinstance(found, Picture) == is_drawn
    if isinstance(found, Picture):
        assert found.low < found.high
        json.dumps(data(found), allow_nan=False)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"block": "block2"}, Shown(block="block2")),
        ({"channel": 3}, Shown(channel=3)),
        ({"norm": 1}, Shown(norm=Norm.GN)),
        ({"block": "block9"}, Shown()),
        ({"channel": 18}, Shown()),
        ({"channel": "3"}, Shown()),
        ({"norm": -1}, Shown()),
        ({}, Shown()),
    ],
)
def test_what_the_browser_cannot_ask_for_changes_nothing(choice: dict[str, object], expected: Shown) -> None:
    run = synthetic.run(config(Norm.BN, Norm.GN))
    assert of_run._changed(run, Shown(), choice) == expected


def test_two_neighborhoods_of_one_image_are_two_rulers_and_who_is_not_there_has_no_place() -> None:
    """As *Stress* feeds the drawing."""
    nowhere = float("nan")
    shown = Picture(
        norm=Norm.BN,
        title="The same 3",
        line="block 6",
        low=0,
        high=4,
        samples=(Sample("the 3", "3", 0), Sample("a neighbor", "1", 1)),
        made=(
            Made("both", "", (Ruler(1, 1, "31 ones"), Ruler(2, 0.5, "31 threes")), (), (1.5, nowhere)),
            Made("ones", "", (Ruler(1, 1),), (0, 0), (1.5, 0.5)),
        ),
    )
    sent = data(shown)
    assert sent["made"][0]["at"] == [1.5, None]
    assert sent["made"][0]["owners"] == []
    assert [one["name"] for one in sent["made"][0]["rulers"]] == ["31 ones", "31 threes"]
