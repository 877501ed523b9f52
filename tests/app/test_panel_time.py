"""Panels at an epoch, and BatchNorm in its three modes."""

from dataclasses import replace

import pytest
from app_store import charts, heard, rows
from panels_kit import RUNS, draw_live, make, page, words
from streamlit.testing.v1 import AppTest

from normlab.app.shell.moment import nearest


def test_the_switch_shows_the_same_weights_in_each_mode() -> None:
    run = RUNS["three modes"]
    at = page("layers", run)
    scores = {"running": run.epochs[-1].test, "batch": run.epochs[-1].modes.batch}  # type: ignore[union-attr]
    for mode, score in scores.items():
        at.segmented_control(key="lab-statistics").set_value(mode).run()
        assert not at.exception
        values = [metric.value for metric in at.metric]
        assert values[:2] == [f"{100 * score.accuracy:.2f} %", f"{score.loss:.3f}"]
    at = page("layers", run, epoch=2)
    at.segmented_control(key="lab-statistics").set_value("batch").run()
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
    assert at.segmented_control(key="lab-statistics").options
    at = page("layers", run, epoch=2)
    assert f"after epoch {last.epoch} only" in words(at)
    assert not at.metric


def test_curves_show_three_modes_where_they_are_recorded() -> None:
    at = page("curves", RUNS["three modes"])
    assert any("three statistics of BatchNorm" in told for told in heard(at))
    assert len(charts(at)) == len(charts(page("curves", RUNS["finished"]))) + 1


@pytest.mark.parametrize("panel", ["mistakes", "weights"])
def test_a_panel_that_keeps_fewer_epochs_takes_the_nearest_and_says_so(panel: str) -> None:
    run = RUNS["finished"]
    assert run.snapshot_epochs() == (0, 1, 2, 4)
    assert "After epoch 2, the kept epoch nearest to 3." in words(page(panel, run, epoch=3))
    assert "After epoch 2." in words(page(panel, run, epoch=2))
    assert "Before training." in words(page(panel, run, epoch=0))


def test_the_nearest_kept_epoch() -> None:
    assert [nearest((0, 4, 8), epoch) for epoch in (0, 2, 3, 6, 7, 9, None)] == [0, 0, 4, 4, 8, 8, 8]


@pytest.mark.parametrize("name", ["finished", "no norm", "every norm", "three modes"])
@pytest.mark.parametrize("panel", ["curves", "layers", "mistakes", "weights", "ledger"])
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
    for epoch in (0, 3, None):
        for chart in charts(page("curves", RUNS["three modes"], [RUNS["no norm"]], epoch=epoch)):
            found = set(rows(chart)["now"].dropna())
            assert found == ({epoch} if epoch is not None else set())


def test_weights_of_two_runs_stand_side_by_side_with_one_scale() -> None:
    other = make(norms=())
    at = page("weights", RUNS["finished"], [other])
    titles = [text.value for text in at.markdown if text.value.startswith("**Length of the weights")]
    assert titles == ["**Length of the weights: BN**", "**Length of the weights: no norm**"]
    assert charts(at)[0].spec == charts(at)[1].spec
    assert "BN, after epoch 4" in words(at), "whose weights the histogram shows"
