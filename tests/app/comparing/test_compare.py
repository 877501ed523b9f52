"""The Compare page as Streamlit executes it, over made-up arms."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from app_store import charts, heard, rows, sound, words
from compare_kit import ARMS_OF_THREE, L1, OpenPage, config, pick
from scipy import stats
from streamlit.testing.v1 import AppTest

from normlab.app.compare import interaction
from normlab.app.compare import page as page_of_arms
from normlab.app.compare.picks import ARMS, REFERENCE
from normlab.app.compare.views import SECTIONS
from normlab.app.shell import cached
from normlab.compare import Arm, designs
from normlab.identity import base, run_id
from normlab.presets import LESSON_L1
from normlab.record import Status
from normlab.store import Run, Store, representative


def html(at: AppTest) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def test_the_first_page_asks_the_studys_question_and_answers_it(open_page: OpenPage) -> None:
    at = open_page()
    assert at.session_state[ARMS] == [pick(**settings) for settings in ARMS_OF_THREE]
    assert at.selectbox(key=REFERENCE).value == pick()
    assert len(charts(at)) == 2 * 4 + 1
    assert all(heard(at)), "every chart has words"
    told = words(at)
    first = next(str(element.value) for element in at.markdown if not str(element.value).startswith("## "))
    assert re.fullmatch(rf"\*\*L1 {LESSON_L1:g} changes BN by .+ points and GN\(2\) by .+ points: .+\.\*\*", first)
    assert charts(at)[0].alt == "Test accuracy, seed by seed", "one sentence, then one chart"
    assert {box.label for box in at.expander} >= {"Differences", "Interaction", "Every number", "How this is judged"}
    assert "Other test images than these 800 would shift every accuracy by about" in told
    assert f"(BN + L1 {LESSON_L1:g} − BN) − (GN(2) + L1 {LESSON_L1:g} − GN(2))" in told
    assert at.query_params == {}, "the default needs no words in the address"


def test_a_difference_on_the_page_is_that_of_the_ranks(open_page: OpenPage) -> None:
    at = open_page(a="norms:bn", b="norms:gn")
    ours, theirs = (
        [100 * synthetic.run(config(norms=(norm,), seed=seed)).epochs[-1].test.accuracy for seed in range(3)]
        for norm in ("bn", "gn")
    )
    shifts = np.subtract.outer(theirs, ours)
    row = at.dataframe[0].value.iloc[0]
    assert row["contrast"] == "GN(2) − BN"
    assert row["difference"] == pytest.approx(np.median(shifts), abs=1e-3)
    assert (row["low"], row["high"]) == pytest.approx((shifts.min(), shifts.max()), abs=1e-3)
    assert row["p"] == pytest.approx(stats.mannwhitneyu(theirs, ours, method="exact").pvalue)
    assert row["verdict"] == "too few seeds to decide"


def test_every_seed_that_is_judged_is_drawn_and_a_failed_one_is_a_cross_at_the_edge(open_page: OpenPage) -> None:
    at = open_page(**SETS["a diverged seed"])
    drawn = charts(at)[0]
    frame = rows(drawn)
    low, high = frame["x_low"].iloc[0], frame["x_high"].iloc[0]
    assert list(frame.groupby("arm", sort=False).size()) == [3, 3]
    failed = frame[frame["value"] < low]
    assert list(zip(failed["arm"], failed["seed"], failed["value"], strict=True)) == [("LN", 2, 10.0)]
    assert frame["value"].drop(failed.index).between(low, high).all()
    assert "cross" in drawn.spec


def test_a_ready_comparison_is_one_choice_away(open_page: OpenPage) -> None:
    at = open_page(a="norms:gn", b="norms:bn")
    box = at.selectbox(key="compare-ready")
    assert box.value is None
    at.selectbox(key="compare-ready").select_index(0).run()
    sound(at)
    assert len(at.session_state[ARMS]) == 4


@pytest.mark.parametrize("name", SECTIONS)
def test_only_the_open_section_executes(open_page: OpenPage, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a closed section was drawn")

    for other in SECTIONS:
        if other != name:
            monkeypatch.setitem(page_of_arms._SECTIONS, other, fail)
    open_page(section=name.lower())


SETS = {
    "two arms": {"a": "norms:bn", "b": "norms:gn"},
    "one arm": {"a": "norms:bn"},
    "one seed": {"a": "norms:none", "b": "norms:bn"},
    "single runs": {"a": "norms:bn,seed:0", "b": "norms:bn,seed:1"},
    "a run and its arm": {"a": "norms:bn", "b": "norms:bn,seed:1"},
    "a diverged seed": {"a": "norms:ln", "b": "norms:bn"},
    "a diverged run": {"a": "norms:ln,seed:2", "b": "norms:bn"},
    "a diverged arm": {"a": "norms:in,dropout:0.5", "b": "norms:bn"},
    "two data sets": {"a": "norms:bn", "b": "norms:bn,dataset:mnist"},
}


@pytest.mark.parametrize("query", SETS.values(), ids=SETS)
@pytest.mark.parametrize("section", SECTIONS)
def test_any_choice_can_be_shown_in_every_section(open_page: OpenPage, section: str, query: dict[str, str]) -> None:
    at = open_page(**query, section=section.lower())
    assert words(at)
    assert all(heard(at))


@pytest.mark.parametrize(
    ("name", "section", "text"),
    [
        ("one seed", "results", "One seed shows no spread."),
        ("one seed", "curves", "No band, only one seed: no norm"),
        ("single runs", "results", "points against seed 0: too few seeds to decide."),
        ("one arm", "results", "Choose a second setting for a difference."),
        ("a diverged seed", "results", "seed 2 diverged, and counts as failed"),
        ("a diverged seed", "results", "1 of 3 seeds of LN failed (below 5"),
        ("a diverged seed", "results", "✕ is a failed seed"),
        ("a diverged arm", "results", "there is nothing to compare"),
        ("two data sets", "results", "Different data sets (Digits, MNIST)"),
        ("two data sets", "images", "no image can be compared"),
        ("two arms", "curves", "the middle half of the seeds"),
        ("single runs", "images", "by the single network"),
        ("two arms", "images", "by majority of the seeds"),
    ],
)
def test_what_stands_in_the_way_is_told(open_page: OpenPage, name: str, section: str, text: str) -> None:
    assert text in words(open_page(**SETS[name], section=section))


def test_runs_that_kept_no_predictions_are_named(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = cached.last_predictions
    gone = run_id(config(norms=()))
    monkeypatch.setattr(cached, "last_predictions", lambda name: None if name == gone else kept(name))
    at = open_page(**SETS["one seed"], section="images")
    assert "No predictions kept: no norm." in words(at)
    assert "Two settings with predictions are needed" in words(at)


def test_runs_that_kept_no_layers_are_named(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(runs: list[Run]) -> list[Run]:
        return [replace(run, epochs=tuple(replace(end, layers=()) for end in run.epochs)) for run in runs]

    kept = cached.runs
    monkeypatch.setattr(cached, "runs", lambda arm: without(kept(arm)) if not arm.config.model.norms else kept(arm))
    at = open_page(**SETS["one seed"], section="layers")
    assert "No layer statistics kept: no norm." in words(at)
    assert charts(at)


def test_the_band_can_be_an_interval_or_every_seed_and_says_which(open_page: OpenPage) -> None:
    at = open_page(section="curves")
    at.segmented_control(key="compare-band").select("interval").run()
    assert "Band: its 95 % interval" in words(sound(at))
    at.segmented_control(key="compare-band").select("seeds").run()
    assert "One line per seed" in words(sound(at))


def test_every_metric_has_its_curve(open_page: OpenPage) -> None:
    at = open_page(section="curves")
    for index in range(len(at.selectbox(key="compare-metric").options)):
        at.selectbox(key="compare-metric").select_index(index).run()
        (curve,) = charts(sound(at))
        assert len(rows(curve)["epoch"].unique()) > 1


@pytest.mark.parametrize("stage", ["relu", "output"])
def test_layers_show_any_block_and_stage(open_page: OpenPage, stage: str) -> None:
    at = open_page(section="layers")
    at.segmented_control(key="compare-stage").select(stage).run()
    for block in range(1, 7):
        at.segmented_control(key="compare-block").select(f"block{block}").run()
        assert len(charts(sound(at))) == 1 + 3 + 1


def test_the_gallery_shows_what_one_arm_fixes(open_page: OpenPage) -> None:
    at = open_page(a="norms:bn,seed:0", b="norms:gn,seed:1", section="images")
    labels = synthetic.true_labels(config())
    one, other = (
        synthetic.run(config(**settings)).snapshot(15).predicted
        for settings in ({"seed": 0}, {"norms": ("gn",), "seed": 1})
    )
    fixed = int(((one != labels) & (other == labels)).sum())
    broken = int(((one == labels) & (other != labels)).sum())
    both = int(((one != labels) & (other != labels)).sum())
    options = json.dumps([option.content for option in at.segmented_control(key="compare-images").proto.options])
    assert f"Fixed ({fixed})" in options
    assert f"Broken ({broken})" in options
    assert f"Missed by all ({both})" in options
    assert html(at).count("<img") == min(fixed, 20) > 0
    p = stats.binomtest(broken, broken + fixed).pvalue
    assert f"On {fixed + broken} images the two networks differ" in words(at)
    assert f"p = {p:.3f}" in words(at) or p < 0.001
    at.segmented_control(key="compare-images").select("missed").run()
    assert html(sound(at)).count("<img") == min(both, 20)


def test_tables_can_be_taken_along(open_page: OpenPage) -> None:
    for section, count in (("results", 2), ("curves", 1), ("images", 1)):
        assert len(open_page(section=section).get("download_button")) == count


def test_in_an_empty_store_the_page_says_what_to_do(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "nothing"))
    at = open_page()
    assert "No run has ended yet" in words(at)
    assert not charts(at)


def test_nothing_chosen_is_a_sentence(open_page: OpenPage) -> None:
    at = open_page()
    at.multiselect(key=ARMS).set_value([]).run()
    assert "Choose two or more settings" in words(sound(at))


def test_the_interaction_is_that_of_the_arms_that_are_shown(open_page: OpenPage) -> None:
    four = {"a": "norms:bn", "b": pick(**L1).text, "c": "norms:gn", "d": pick(norms=("gn",), **L1).text}
    at = open_page(**four)
    design = str(at.selectbox(key="compare-design").value)
    assert "with BN and with GN(2)" in design
    told = f"**L1 {LESSON_L1:g} changes BN by "
    assert told in words(at)
    at.multiselect(key=ARMS).unselect(pick(norms=("gn",))).run()
    at.multiselect(key=ARMS).unselect(pick(norms=("gn",), **L1)).run()
    sound(at)
    assert at.selectbox(key="compare-design").value is None, "two arms are no design"
    assert "changes BN" not in words(at)
    at.selectbox(key="compare-design").select(design).run()
    sound(at)
    assert f"Test accuracy: {told.lstrip('*')}" in words(at), "it can be asked for"
    assert told not in words(at), "the page opens with what is shown, not with other arms"


def test_designs_of_one_name_are_told_apart() -> None:
    arms = [
        Arm(base(config(norms=(norm,), l1=l1, l2=l2)), ())
        for norm in ("bn", "gn")
        for l1 in (0, 0.1)
        for l2 in (0, 0.1)
    ]
    found = designs(arms[:8:2], arms) + designs(arms[1:8:2], arms)
    names = interaction.named([design for design in found if design.treatment == ("l1",)])
    assert len(set(names)) == len(names)
    assert "L1 0.1, with BN and with GN(2) (no L2)" in names


def test_arms_that_share_seeds_are_told_what_pairing_would_bring(open_page: OpenPage) -> None:
    at = open_page()
    assert "3 shared seeds, rank correlation" in words(at)
    assert "paired by seed" in words(at)
    alone = open_page(a=pick(norms=()).text, b=pick().text)
    assert "No setting shares at least 3 seeds" in words(alone)


def test_runs_shown_together_lead_to_their_arms() -> None:
    from normlab.app.lab.panels.curves import together

    one, other, same = (synthetic.run(config(**settings)) for settings in ({}, {"norms": ("gn",)}, {"seed": 1}))
    assert together([one]) == []
    assert together([one, other]) == ["norms:bn", "norms:gn"]
    assert together([one, same])[1].endswith("seed:1"), "two seeds of one arm are two runs"
    assert together([one, synthetic.run(config(norms=("ln",)), status=Status.RUNNING)]) == []


def test_mcnemars_boxes_begin_with_the_seed_that_stands_for_each_setting(open_page: OpenPage, shelf: Path) -> None:
    at = open_page(section="images")
    for key, settings in (("compare-first-", {}), ("compare-second-", L1)):
        (box,) = [one for one in at.selectbox if str(one.key).startswith(key)]
        runs = [Store(shelf).read(run_id(config(**settings, seed=seed))) for seed in range(3)]
        assert box.value == representative(run for run in runs if run is not None).config.seed
