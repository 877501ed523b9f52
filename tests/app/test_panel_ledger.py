"""The ledger's panel says what its run recorded, beside the run that tells what a penalty did."""

from math import log

import pytest
from app_store import charts, heard, rows
from panels_kit import RUNS, make, page, words

from normlab import describe, frames
from normlab.charts import ledger
from normlab.choices import Norm, Scope
from normlab.config import ModelConfig
from normlab.record import Status
from normlab.settings import changed


def test_the_sentence_compares_with_the_run_that_is_pinned() -> None:
    run, plain = make(l2=0.01), make()
    at = page("ledger", run, [plain])
    told = at.markdown[0].value
    turns, lengths = ([frames.movement([one], [""])[field] for one in (run, plain)] for field in ("turn", "length"))
    assert f"{turns[0].mean() / turns[1].mean():.1f} times as far" in told
    assert f"{turns[0].mean():.2f}° (L2 0.01), {turns[1].mean():.2f}° (no L2)" in told
    assert f"Length: {lengths[0].iloc[-1]:.1f} and {lengths[1].iloc[-1]:.1f}." in told
    assert "Test accuracy" in told
    assert "changes no answer" in words(at)
    assert {"L2 0.01", "no L2"} == set(rows(charts(at)[0])["run"])


def test_of_a_penalty_that_is_off_nothing_else_is_told() -> None:
    at = page("ledger", make(l2=0.01, l2_scope="weights"), [make()])
    assert {"L2 0.01", "no L2"} == set(rows(charts(at)[0])["run"])
    at = page("ledger", make(l2=0.01, l2_scope="weights", dropout=0.3), [make()])
    assert "no L2 · L2 covers all" in " ".join(set(rows(charts(at)[0])["run"]))


def test_a_run_alone_tells_of_itself_and_at_the_epoch_shown() -> None:
    first, last = (page("ledger", RUNS["finished"], epoch=epoch).markdown[0].value for epoch in (1, None))
    assert first.startswith("**A step turns the weights by")
    assert first != last


def test_without_a_norm_behind_every_convolution_length_counts() -> None:
    for settings in ({"norms": ()}, {"norms": ("rms",)}, {"norm_blocks": ("1", "2")}):
        assert "length changes answers too" in words(page("ledger", make(**settings)))


def test_the_first_loss_stands_beside_a_guess_and_the_table_says_what_is_touched() -> None:
    at = page("ledger", make(l2=0.01, l2_scope="weights", trainable="norm"))
    assert f"ln 10 = {log(10):.2f}" in words(at)
    assert "L2 touches 8 of 20 parameters." in words(at)
    assert "172 of 9,958 numbers learn." in words(at)
    table = at.dataframe[0].value.set_index("parameter")
    assert table.loc["block1.conv.weight", ["numbers", "covered"]].tolist() == [54, "L2"]
    assert table.loc["block1.bn.weight", "covered"] == ""


@pytest.mark.parametrize("name", ["running", "interrupted", "diverged", "last epoch only", "one epoch", "every norm"])
def test_every_chart_has_rows_for_any_run_that_has_ended_an_epoch(name: str) -> None:
    at = page("ledger", RUNS[name])
    assert len(charts(at)) == 2 + 4 + 2 - (RUNS[name].config.model.norms == ())
    assert all(len(rows(chart)) for chart in charts(at))
    assert all(heard(at))


def test_without_a_ledger_the_panel_says_when_it_comes() -> None:
    assert "after the first epoch" in words(page("ledger", make(Status.RUNNING, done=0)))


def test_frames_and_charts_have_the_same_names() -> None:
    assert set(frames.pulls(RUNS["finished"])["pull"]) == set(ledger.PULLS)


@pytest.mark.parametrize(
    ("norms", "values"),
    [(("bn",), (32 * 26**2, 32 * 6**2)), (("ln",), (6 * 26**2, 18 * 6**2)), (("gn",), (3 * 26**2, 9 * 6**2))],
)
def test_values_that_share_a_statistic(norms: tuple[str, ...], values: tuple[int, int]) -> None:
    found = describe.statistics(changed(RUNS["finished"].config, {"norms": norms}).model, 32)
    assert (found[0].values, found[-1].values) == values
    assert describe.statistics(ModelConfig(norms=(Norm.BN,), ghost_batch=4), 32)[0].values == 4 * 26**2


def test_scopes_name_parameters() -> None:
    model = ModelConfig()
    assert describe.covered(model, Scope.GAMMA) == {f"block{number}.bn.weight" for number in range(1, 7)}
    assert len(describe.covered(model, Scope.WEIGHTS)) == 8
    assert describe.covered(model, Scope.ALL) - describe.covered(model, Scope.INNER) == {
        *("head.weight", "block6.bn.weight", "block6.bn.bias")
    }
