"""The Mistakes panel: matrix, boxes and gallery choose the same images."""

from pathlib import Path

import numpy as np
import pytest
import synthetic
from app_store import charts
from panels_kit import RUNS, make, page, words

from normlab.app.lab.panels.mistakes import chosen
from normlab.app.shell.gallery import gallery
from normlab.config import RunConfig
from normlab.frames import predictions
from normlab.settings import changed
from normlab.store import Run

DIGITS = tuple("0123456789")


def wrong(run: Run) -> int:
    snapshot = run.snapshot(run.snapshot_epochs()[-1])
    return int((snapshot.predicted != synthetic.true_labels(run.config)).sum())


def test_more_mistakes_than_a_page_holds_come_in_pages_of_twenty() -> None:
    run = RUNS["finished"]
    at = page("mistakes", run)
    assert wrong(run) > 20
    assert f"{wrong(run)} mistakes, most confident first, 20 a page." in words(at)
    assert at.get("html")[0].proto.body.count("<img") == 20


def test_select_boxes_choose_a_cell() -> None:
    run = RUNS["finished"]
    at = page("mistakes", run)
    found = predictions(run.snapshot(4), synthetic.true_labels(run.config))
    most = found[found["true"] != found["predicted"]].groupby(["true", "predicted"]).size()
    (true, predicted), count = most.idxmax(), int(most.max())
    at.selectbox(key="lab-true").select(str(true))
    at.selectbox(key="lab-predicted").select(str(predicted)).run()
    assert not at.exception
    assert f"Mistakes: true class {true}, predicted {predicted}" in words(at)
    assert 0 < count < 20
    assert ("mistakes, most confident first." if count > 1 else "One mistake.") in words(at)
    assert at.get("html")[0].proto.body.count("<img") == count


def test_a_change_of_a_box_makes_the_matrix_forget_its_click() -> None:
    at = page("mistakes", RUNS["finished"])
    before = charts(at)[0].id
    at.selectbox(key="lab-true").select("3").run()
    assert charts(at)[0].id != before


def test_a_cell_that_is_right_shows_its_images_the_least_sure_first() -> None:
    at = page("mistakes", RUNS["finished"])
    at.selectbox(key="lab-true").select("3")
    at.selectbox(key="lab-predicted").select("3").run()
    assert "correct images, least confident first" in words(at)


def test_mistakes_are_ordered_by_how_sure_the_network_was() -> None:
    labels = np.array([0, 0, 1, 1], np.uint8)
    snapshot = synthetic.Snapshot(1, {}, np.array([1, 0, 0, 1], np.uint8), np.array([0.6, 0.9, 0.8, 0.4], np.float32))
    found = predictions(snapshot, labels)
    assert list(chosen(found, DIGITS, "any", "any")["image"]) == [2, 0]
    assert list(chosen(found, DIGITS, "0", "any")["image"]) == [0]
    assert list(chosen(found, DIGITS, "any", "0")["image"]) == [2]
    assert list(chosen(found, DIGITS, "1", "1")["image"]) == [3]


def on_mnist(run: synthetic.MemoryRun) -> synthetic.MemoryRun:
    """The same run, said to be of other images, which need not be there."""
    fields = {name: getattr(run, name) for name in run.__dataclass_fields__}
    return synthetic.MemoryRun(**{**fields, "config": changed(run.config, {"dataset": "mnist"})})


def test_without_the_data_set_the_panel_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path))
    at = page("mistakes", on_mnist(synthetic.run(changed(RunConfig(), {"epochs": 2}))))
    assert "normlab fetch mnist" in words(at)
    assert not charts(at)


def test_the_gallery_escapes_names_and_tells_truth_prediction_and_confidence() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    snapshot = synthetic.Snapshot(1, {}, np.array([5], np.uint8), np.array([0.87], np.float32))
    rows = predictions(snapshot, np.array([3], np.uint8))
    html = gallery(images, rows, (*"012", "<three>", *"456789"))
    assert "true &lt;three&gt; → predicted 5 (87 %)" in html
    assert "<three>" not in html


def test_mistakes_count_those_of_the_pinned_run_and_the_shared_ones() -> None:
    run, other = RUNS["finished"], make(norms=())
    true = synthetic.true_labels(run.config)
    both = int(((run.snapshot(4).predicted != true) & (other.snapshot(4).predicted != true)).sum())
    at = page("mistakes", run, [other], epoch=4)
    told = f"**BN**: {wrong(run)} mistakes; pinned **no norm**: {wrong(other)} after epoch 4; wrong in both: {both}."
    assert told in words(at)
    assert "pinned" not in words(page("mistakes", run, [on_mnist(other)]))
