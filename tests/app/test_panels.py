"""Every panel with every kind of run, as Streamlit executes it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from app_store import charts
from streamlit.testing.v1 import AppTest

from normlab.app.panels.gallery import gallery
from normlab.app.panels.mistakes import chosen
from normlab.app.panels.moment import nearest
from normlab.config import RunConfig
from normlab.frames import predictions
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Run

PANELS = ("curves", "layers", "mistakes", "weights", "model", "log", "take_away")
DIGITS = tuple("0123456789")


def make(status: Status = Status.FINISHED, done: int | None = None, history: bool = True, **settings: object) -> Run:
    config = changed(RunConfig(), {"epochs": 4, **settings})
    return synthetic.run(config, status=status, epochs=done, steps=None if done else 3, history=history)


RUNS = {
    "finished": make(),
    "every norm": make(norms=("bn", "ln", "gn", "in"), l1=1e-3, l2=1e-3),
    "no norm": make(norms=()),
    "no validation": make(validation=False),
    "last epoch only": make(history=False),
    "three modes": make(bn_modes=True),
    "one epoch": make(epochs=1),
    "just started": make(Status.RUNNING, done=0),
    "running": make(Status.RUNNING, done=2),
    "running with modes": make(Status.RUNNING, done=2, bn_modes=True),
    "interrupted": make(Status.INTERRUPTED, done=2),
    "interrupted at once": make(Status.INTERRUPTED, done=0),
    "diverged": make(Status.DIVERGED, done=2),
    "diverged at once": make(Status.DIVERGED, done=0),
}


def draw(panel: str, run: object, pinned: object, epoch: int | None, dark: bool) -> None:  # its source runs elsewhere
    import importlib

    importlib.import_module(f"normlab.app.panels.{panel}").show(run, pinned, epoch=epoch, dark=dark)


def page(panel: str, run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None, dark: bool = False) -> AppTest:
    arguments = {"panel": panel, "run": run, "pinned": pinned, "epoch": epoch, "dark": dark}
    at = AppTest.from_function(draw, default_timeout=20, kwargs=arguments).run()
    assert not at.exception, at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.info))


def shape(at: AppTest) -> list[str]:
    """The kinds of the page's elements, in order."""
    return [element.type for element in at.main]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_draws_any_run(panel: str, run: Run, dark: bool) -> None:
    at = page(panel, run, dark=dark)
    assert words(at)
    for chart in charts(at):
        assert chart.alt, "every chart has words"


def test_curves_tell_the_gap_in_the_loss() -> None:
    end = RUNS["finished"].epochs[-1]
    gap = f"{end.test.loss - end.train_eval.loss:+.3f} nats".replace("-", "−")
    assert gap in words(page("curves", RUNS["finished"]))
    assert "nats" not in page("curves", RUNS["just started"]).caption[0].value


def test_while_a_run_trains_only_rows_change() -> None:
    parts = [make(Status.RUNNING, done=done, epochs=12) for done in (0, 1, 3, 9)]
    pages = [page("curves", run) for run in parts]
    assert len({json.dumps([json.loads(chart.spec) for chart in charts(at)]) for at in pages}) == 1
    assert len({json.dumps(shape(at)) for at in pages}) == 1
    rows = [sum(len(chart.data.data) for chart in charts(at)) for at in pages]
    assert rows == sorted(set(rows)), "and the rows grow"


def test_curves_without_a_penalty_say_so() -> None:
    assert "no penalty" in words(page("curves", RUNS["finished"]))
    assert "no penalty" not in words(page("curves", RUNS["every norm"]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("running", "2 of 4 epochs"),
        ("interrupted", "Interrupted after 2 of 4 epochs"),
        ("diverged", "Diverged after 2 of 4 epochs"),
    ],
)
def test_curves_of_an_incomplete_run_say_how_far_it_came(name: str, text: str) -> None:
    at = page("curves", RUNS[name])
    assert text in words(at)
    assert charts(at)[0].data.data, "what came before stays visible"


def test_pinned_runs_are_overlaid_by_the_chosen_metric() -> None:
    at = page("curves", RUNS["finished"], [RUNS["no norm"], RUNS["finished"]])
    overlay = charts(at)[0]
    assert "Test accuracy of 2 runs" in overlay.alt, "the run itself is there once"
    assert '"BN"' in overlay.spec
    assert '"no norm"' in overlay.spec
    at.selectbox(key="curves-metric").select_index(4).run()
    assert not at.exception
    assert "Test loss of 2 runs" in charts(at)[0].alt


def test_every_metric_can_be_overlaid() -> None:
    at = page("curves", RUNS["finished"], [RUNS["no validation"]])
    box = at.selectbox(key="curves-metric")
    for index in range(len(box.options)):
        at.selectbox(key="curves-metric").select_index(index).run()
        assert not at.exception


def test_the_full_scale_starts_at_zero() -> None:
    at = page("curves", RUNS["finished"])
    zoomed = charts(at)[0].spec
    at.segmented_control(key="curves-axis").select("Full scale").run()
    assert charts(at)[0].spec != zoomed
    assert '"domain": [0.0, 101.5]' in json.dumps(json.loads(charts(at)[0].spec))


@pytest.mark.parametrize("block", range(1, 7))
def test_layers_show_any_block(block: int) -> None:
    at = page("layers", RUNS["every norm"])
    at.segmented_control(key="layers-block").select(f"block{block}").run()
    assert not at.exception
    assert len(charts(at)) == 1 + 3 + 3 + 2 + 2


def test_layers_show_any_epoch() -> None:
    run = RUNS["finished"]
    first, last = page("layers", run, epoch=1), page("layers", run, epoch=4)
    assert charts(first)[1].alt != charts(last)[1].alt
    assert "After epoch 1." in words(first)


def test_layers_of_a_network_without_norm_show_relu_and_say_so() -> None:
    at = page("layers", RUNS["no norm"])
    assert "no norm" in words(at)
    assert len(charts(at)) == 1 + 3 + 1


def test_layers_of_a_folder_without_full_history_say_which_epoch_they_show() -> None:
    at = page("layers", RUNS["last epoch only"])
    assert "After epoch 4: this run folder keeps that epoch only." in words(at)


def test_layers_follow_a_run_that_trains() -> None:
    at = page("layers", RUNS["running"])
    assert "After epoch 2, the newest" in words(at)


@pytest.mark.parametrize("panel", ["layers", "weights", "mistakes"])
@pytest.mark.parametrize(
    ("name", "text"), [("just started", "end of the first epoch"), ("interrupted at once", "train it again")]
)
def test_a_panel_without_its_numbers_says_when_they_come(panel: str, name: str, text: str) -> None:
    at = page(panel, RUNS[name])
    assert text in words(at)
    assert not charts(at)


def test_weights_of_any_layer_at_any_kept_epoch() -> None:
    run = RUNS["finished"]
    at = page("weights", run, epoch=0)
    at.selectbox(key="weights-layer").select("head").run()
    assert not at.exception
    head = run.snapshot(0).weights["head.weight"]
    assert f"{head.size:,} weights" in words(at)
    assert "head after epoch 0" in charts(at)[4].alt


def wrong(run: Run) -> int:
    snapshot = run.snapshot(run.snapshot_epochs()[-1])
    return int((snapshot.predicted != synthetic.true_labels(run.config)).sum())


def test_more_mistakes_than_a_page_holds_come_in_pages_of_twenty() -> None:
    run = RUNS["finished"]
    at = page("mistakes", run)
    assert wrong(run) > 20
    assert f"{wrong(run)} mistakes, the surest first, 20 on a page." in words(at)
    assert at.get("html")[0].proto.body.count("<img") == 20


def test_select_boxes_choose_a_cell() -> None:
    run = RUNS["finished"]
    at = page("mistakes", run)
    found = predictions(run.snapshot(4), synthetic.true_labels(run.config))
    most = found[found["true"] != found["predicted"]].groupby(["true", "predicted"]).size()
    (true, predicted), count = most.idxmax(), int(most.max())
    at.selectbox(key="mistakes-true-digits").select(str(true))
    at.selectbox(key="mistakes-predicted-digits").select(str(predicted)).run()
    assert not at.exception
    assert f"Mistakes: true class {true}, predicted {predicted}" in words(at)
    assert 0 < count < 20
    assert ("all shown" if count > 1 else "One mistake") in words(at)
    assert at.get("html")[0].proto.body.count("<img") == count


def test_a_change_of_a_box_makes_the_matrix_forget_its_click() -> None:
    at = page("mistakes", RUNS["finished"])
    before = charts(at)[0].id
    at.selectbox(key="mistakes-true-digits").select("3").run()
    assert charts(at)[0].id != before


def test_a_cell_that_is_right_shows_its_images_the_least_sure_first() -> None:
    at = page("mistakes", RUNS["finished"])
    at.selectbox(key="mistakes-true-digits").select("3")
    at.selectbox(key="mistakes-predicted-digits").select("3").run()
    assert "right images, the least sure first" in words(at)


def test_mistakes_are_ordered_by_how_sure_the_network_was() -> None:
    labels = np.array([0, 0, 1, 1], np.uint8)
    snapshot = synthetic.Snapshot(1, {}, np.array([1, 0, 0, 1], np.uint8), np.array([0.6, 0.9, 0.8, 0.4], np.float32))
    found = predictions(snapshot, labels)
    assert list(chosen(found, DIGITS, "any", "any")["image"]) == [2, 0]
    assert list(chosen(found, DIGITS, "0", "any")["image"]) == [0]
    assert list(chosen(found, DIGITS, "any", "0")["image"]) == [2]
    assert list(chosen(found, DIGITS, "1", "1")["image"]) == [3]


def test_without_the_data_set_the_panel_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path))
    run = synthetic.run(changed(RunConfig(), {"epochs": 2}))
    elsewhere = synthetic.MemoryRun(
        **{
            **{name: getattr(run, name) for name in run.__dataclass_fields__},
            "config": changed(run.config, {"dataset": "mnist"}),
        }
    )
    at = page("mistakes", elsewhere)
    assert "normlab fetch mnist" in words(at)
    assert not charts(at)


def test_the_gallery_escapes_names_and_tells_truth_prediction_and_confidence() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    snapshot = synthetic.Snapshot(1, {}, np.array([5], np.uint8), np.array([0.87], np.float32))
    rows = predictions(snapshot, np.array([3], np.uint8))
    html = gallery(images, rows, (*"012", "<three>", *"456789"))
    assert "true &lt;three&gt; → predicted 5 (87 %)" in html
    assert "<three>" not in html


def test_the_model_panel_has_table_and_code_of_the_run() -> None:
    at = page("model", RUNS["every norm"])
    table = at.dataframe[0].value
    assert table["parameters"].iloc[-1] == table["parameters"].iloc[:-1].sum()
    assert "GroupNorm, 2 groups" in list(table["layer"])
    assert "def build_network()" in at.code[0].value


def test_the_log_has_a_row_for_every_epoch_and_where_it_comes_from() -> None:
    run = RUNS["finished"]
    at = page("log", run)
    assert len(at.dataframe[0].value) == 4
    assert run.run_id in at.table[0].value.to_string()


def buttons(at: AppTest) -> dict[str, bool]:
    """The downloads, and whether each can be pressed."""
    return {element.proto.label: not element.proto.disabled for element in at.get("download_button")}


@pytest.mark.parametrize("name", ["finished", "diverged", "every norm"])
def test_an_ended_run_can_be_taken_away_whole(name: str) -> None:
    at = page("take_away", RUNS[name])
    assert all(buttons(at).values())
    assert len(buttons(at)) == 7
    assert f"normlab_{RUNS[name].run_id}.safetensors" in at.code[0].value
    assert not at.info


@pytest.mark.parametrize("name", ["just started", "running", "interrupted"])
def test_of_a_run_without_an_end_only_its_numbers_can_be_taken_away(name: str) -> None:
    at = page("take_away", RUNS[name])
    there = buttons(at)
    assert {label for label, can in there.items() if can} == {"Epochs", "Steps", "Layers", "Script"}
    assert "Weights and predictions" in at.info[0].value


def test_the_log_leaves_out_a_validation_split_that_is_not_there() -> None:
    assert "validation_loss" not in page("log", RUNS["no validation"]).dataframe[0].value


def draw_live(panel: str, run: object, epoch: int | None = None) -> None:
    import importlib

    from normlab.app.panels import figure

    with figure.live():
        importlib.import_module(f"normlab.app.panels.{panel}").show(run, (), epoch=epoch, dark=False)


@pytest.mark.parametrize("panel", ["curves", "layers", "weights"])
def test_while_a_run_trains_nothing_about_a_chart_changes_but_its_data(panel: str) -> None:
    """A changed specification or text alternative makes the browser build the chart anew: it flickers."""
    seen = []
    for done in (2, 3):
        run = make(Status.RUNNING, done=done)
        at = AppTest.from_function(draw_live, default_timeout=20, kwargs={"run": run, "panel": panel}).run()
        assert not at.exception, at.exception
        seen.append([(chart.alt, chart.spec) for chart in charts(at)])
    assert seen[0]
    assert [alt for alt, _ in seen[0]] == [alt for alt, _ in seen[1]]
    if panel == "curves":  # elsewhere the axes follow the data of an epoch
        assert seen[0] == seen[1]


def test_the_switch_shows_the_same_weights_in_each_mode() -> None:
    run = RUNS["three modes"]
    at = page("layers", run)
    scores = {"running": run.epochs[-1].test, "batch": run.epochs[-1].modes.batch}  # type: ignore[union-attr]
    for mode, score in scores.items():
        at.segmented_control(key="modes-statistics").set_value(mode).run()
        assert not at.exception
        values = [metric.value for metric in at.metric]
        assert values[:2] == [f"{100 * score.accuracy:.2f} %", f"{score.loss:.3f} nats"]
    at = page("layers", run, epoch=2)
    at.segmented_control(key="modes-statistics").set_value("batch").run()
    assert at.metric[0].label == "Test accuracy after epoch 2"
    assert at.metric[0].value == f"{100 * run.epochs[1].modes.batch.accuracy:.2f} %"  # type: ignore[union-attr]


def test_a_run_without_recorded_modes_says_how_to_get_them() -> None:
    at = page("layers", RUNS["finished"])
    assert f"normlab evaluate {RUNS['finished'].run_id}" in words(at)
    assert not at.metric
    assert "other statistics" not in words(page("layers", RUNS["no norm"]))


def test_a_run_that_recorded_its_modes_after_the_last_epoch_has_the_switch_there() -> None:
    whole = RUNS["three modes"]
    before, last = whole.epochs[:-1], whole.epochs[-1]
    run = replace(whole, epochs=(*(replace(end, modes=None) for end in before), last))
    at = page("layers", run)
    assert at.segmented_control(key="modes-statistics").options
    at = page("layers", run, epoch=2)
    assert f"after epoch {last.epoch} only" in words(at)
    assert not at.metric


def test_curves_show_three_modes_where_they_are_recorded() -> None:
    at = page("curves", RUNS["three modes"])
    assert any("three statistics of BatchNorm" in chart.alt for chart in charts(at))
    assert len(charts(at)) == len(charts(page("curves", RUNS["finished"]))) + 1


@pytest.mark.parametrize("panel", ["mistakes", "weights"])
def test_a_panel_that_keeps_fewer_epochs_takes_the_nearest_and_says_so(panel: str) -> None:
    run = RUNS["finished"]
    assert run.snapshot_epochs() == (0, 1, 2, 4)
    assert "After epoch 2: of the epochs kept here the nearest to epoch 3." in words(page(panel, run, epoch=3))
    assert "After epoch 2." in words(page(panel, run, epoch=2))
    assert "Before training." in words(page(panel, run, epoch=0))


def test_the_nearest_kept_epoch() -> None:
    assert [nearest((0, 4, 8), epoch) for epoch in (0, 2, 3, 6, 7, 9, None)] == [0, 0, 4, 4, 8, 8, 8]


@pytest.mark.parametrize("name", ["finished", "no norm", "every norm", "three modes"])
@pytest.mark.parametrize("panel", ["curves", "layers", "mistakes", "weights"])
def test_while_a_run_is_played_nothing_about_a_chart_changes_but_its_data(panel: str, name: str) -> None:
    seen = []
    for epoch in range(5):
        arguments = {"run": RUNS[name], "panel": panel, "epoch": epoch}
        at = AppTest.from_function(draw_live, default_timeout=20, kwargs=arguments).run()
        assert not at.exception, at.exception
        seen.append([(chart.id, chart.alt, chart.spec) for chart in charts(at)])
    assert seen[0]
    assert all(charts_then == seen[0] for charts_then in seen)


def test_curves_have_a_rule_at_the_epoch() -> None:
    import pyarrow as pa

    for epoch in (0, 3, None):
        for chart in charts(page("curves", RUNS["three modes"], [RUNS["no norm"]], epoch=epoch)):
            found = set(pa.ipc.open_stream(chart.data.data).read_pandas()["now"].dropna())
            assert found == ({epoch} if epoch is not None else set())


def test_weights_of_two_runs_stand_side_by_side_with_one_scale() -> None:
    other = make(norms=())
    at = page("weights", RUNS["finished"], [other])
    titles = [text.value for text in at.markdown if text.value.startswith("**Length of the weights")]
    assert titles == ["**Length of the weights: BN**", "**Length of the weights: no norm**"]
    assert charts(at)[0].spec == charts(at)[1].spec
    assert "BN, after epoch 4" in words(at), "whose weights the histogram shows"


def test_mistakes_count_those_of_the_pinned_run_and_the_shared_ones() -> None:
    run, other = RUNS["finished"], make(norms=())
    true = synthetic.true_labels(run.config)
    both = int(((run.snapshot(4).predicted != true) & (other.snapshot(4).predicted != true)).sum())
    at = page("mistakes", run, [other], epoch=4)
    told = (
        f"**BN**, {wrong(run)} mistakes. The pinned run, **no norm**, makes {wrong(other)} after epoch 4; {both} images"
    )
    assert told in words(at)
    assert "pinned" not in words(page("mistakes", run, [make(dataset="mnist")]))
