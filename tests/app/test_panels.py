"""Every panel with every kind of run, as Streamlit executes it."""

import json

import pytest
from app_store import charts, heard, rows
from panels_kit import PANELS, RUNS, draw_live, make, page, shape, words
from streamlit.testing.v1 import AppTest

from normlab.record import Status
from normlab.store import Run


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_draws_any_run(panel: str, run: Run) -> None:
    at = page(panel, run)
    pictures = [one.proto.component_name for one in at.get("bidi_component")]
    assert words(at) or "lens" in pictures
    assert all(heard(at)), "every chart has words"


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
    counts = [sum(len(rows(chart)) for chart in charts(at)) for at in pages]
    assert counts == sorted(set(counts)), "and the rows grow"


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
    assert rows(charts(at)[0])["epoch"].max() == 2, "what came before stays visible"


def test_pinned_runs_are_overlaid_by_the_chosen_metric() -> None:
    at = page("curves", RUNS["finished"], [RUNS["no norm"], RUNS["finished"]])
    overlay = charts(at)[0]
    assert "Test accuracy of 2 runs" in heard(at)[0], "the run itself is there once"
    assert '"BN"' in overlay.spec
    assert '"no norm"' in overlay.spec
    at.selectbox(key="lab-metric").select_index(4).run()
    assert not at.exception
    assert "Test loss of 2 runs" in heard(at)[0]


def test_every_metric_can_be_overlaid() -> None:
    at = page("curves", RUNS["finished"], [RUNS["no validation"]])
    box = at.selectbox(key="lab-metric")
    for index in range(len(box.options)):
        at.selectbox(key="lab-metric").select_index(index).run()
        assert not at.exception


def test_the_full_scale_starts_at_zero_and_is_the_same_chart() -> None:
    at = page("curves", RUNS["finished"])
    full = charts(at)[0]
    at.segmented_control(key="lab-axis").select("Zoom").run()
    zoomed = charts(at)[0]
    assert rows(zoomed)["y_low"][0] > 0
    assert rows(full)[["y_low", "y_high"]].iloc[0].tolist() == [0.0, 101.5]
    assert full.spec == zoomed.spec


@pytest.mark.parametrize("block", range(1, 7))
def test_layers_show_any_block(block: int) -> None:
    at = page("layers", RUNS["every norm"])
    at.segmented_control(key="lab-block").select(f"block{block}").run()
    assert not at.exception
    assert len(charts(at)) == 1 + 3 + 3 + 2 + 2


def test_layers_show_any_epoch() -> None:
    run = RUNS["finished"]
    first, last = page("layers", run, epoch=1), page("layers", run, epoch=4)
    assert heard(first)[1] != heard(last)[1]
    assert "After epoch 1." in words(first)


def test_layers_of_a_network_without_norm_show_relu_and_say_so() -> None:
    at = page("layers", RUNS["no norm"])
    assert "No norm: only ReLU's output is shown." in words(at)
    assert len(charts(at)) == 1 + 3 + 1


def test_layers_of_a_norm_without_an_offset_show_its_scale_alone() -> None:
    at = page("layers", make(norms=("rms",)))
    titles = words(at)
    assert "γ, the learned scale" in titles
    assert "β, the learned offset" not in titles
    assert "root mean square" in titles


def test_layers_of_a_folder_without_full_history_say_which_epoch_they_show() -> None:
    at = page("layers", RUNS["last epoch only"])
    assert "After epoch 4, the only epoch kept." in words(at)


def test_layers_follow_a_run_that_trains() -> None:
    at = page("layers", RUNS["running"])
    assert "After epoch 2, the latest" in words(at)


@pytest.mark.parametrize("panel", ["layers", "weights", "mistakes"])
@pytest.mark.parametrize(
    ("name", "text"), [("just started", "after the first epoch"), ("interrupted at once", "train it again")]
)
def test_a_panel_without_its_numbers_says_when_they_come(panel: str, name: str, text: str) -> None:
    at = page(panel, RUNS[name])
    assert text in words(at)
    assert not charts(at)


def test_weights_of_any_layer_at_any_kept_epoch() -> None:
    run = RUNS["finished"]
    at = page("weights", run, epoch=0)
    at.selectbox(key="lab-layer").select("head").run()
    assert not at.exception
    head = run.snapshot(0).weights["head.weight"]
    assert f"{head.size:,} weights" in words(at)
    assert "head after epoch 0" in heard(at)[4]


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
