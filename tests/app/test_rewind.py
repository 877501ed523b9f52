"""Rewinding in the lab: one change, the old run pinned, differences shown."""

from collections.abc import Callable

import pytest
import synthetic
from app_store import keep
from controls_kit import choose_norms, config
from lab_kit import FakeEngine, charts, metrics, words
from streamlit.testing.v1 import AppTest

from normlab import rewind
from normlab.app.lab import pins, playing
from normlab.app.lab import rewind as rewind_section
from normlab.app.lab.rewind import value_text
from normlab.app.lab.setup import MOST_PINS, Setup
from normlab.choices import Norm
from normlab.compare import findings, unpaired
from normlab.compare.sentences import size
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.settings import changed
from normlab.store import Store
from normlab.titles import title

OpenApp = Callable[..., AppTest]
NO_NORM = changed(RunConfig(), {"norms": ()})
LAST = RunConfig().optim.epochs


def opened(at: AppTest) -> AppTest:
    """With *Rewind* open, as a reader has it."""
    at.session_state[rewind_section.key(config(at))] = True
    return at.run()


def rewound(at: AppTest, name: str, value: object) -> AppTest:
    opened(at)
    at.selectbox(key="rewind-setting").select(name).run()
    at.selectbox(key=f"rewind-to-{name}").set_value(value).run()
    at.button(key="rewind-go").click().run()
    assert not at.exception, at.exception
    return at


def deltas(at: AppTest, *labels: str) -> list[str]:
    found = {metric.label: metric.delta for metric in at.metric}
    return [found[label] for label in labels]


def expected(config: RunConfig, beside: RunConfig, epoch: int) -> list[str]:
    """Differences of test accuracy and loss."""
    mine, other = (synthetic.run(one).epochs[epoch - 1].test for one in (config, beside))
    texts = f"{100 * (mine.accuracy - other.accuracy):+.2f} pts", f"{mine.loss - other.loss:+.3f}"
    return [text.replace("-", "−") for text in texts]


def test_what_a_change_did_is_told_without_a_pin(app: OpenApp) -> None:
    at = app()
    assert not any(metric.delta for metric in at.metric), "a first look"
    choose_norms(at)
    assert deltas(at, "Test accuracy", "Test loss (nats)") == expected(NO_NORM, RunConfig(), epoch=LAST)
    assert "change from the previous run (**BN**), same epoch, one seed each" in words(at)
    choose_norms(at, Norm.BN)
    assert deltas(at, "Test accuracy", "Test loss (nats)") == expected(RunConfig(), NO_NORM, epoch=LAST)


def test_the_seeds_that_both_have_are_compared_too(app: OpenApp, store: Store) -> None:
    """Those alone: the network without a norm has a third seed, which must not count."""
    at = app()
    choose_norms(at)
    assert "shared seeds" not in words(at), "of the network without a norm there is one"
    for seed in (1, 5):
        keep(store, changed(NO_NORM, {"seed": seed}))
    at = app(seed="1")
    choose_norms(at)
    without, with_one = (
        [100 * synthetic.run(changed(config, {"seed": seed})).epochs[-1].test.accuracy for seed in (0, 1)]
        for config in (NO_NORM, RunConfig())
    )
    (found,) = findings([unpaired(with_one, without)], "points")
    assert f"Over 2 shared seeds: test accuracy {size(found)}, **too few seeds to decide**." in words(at)
    at.text_input(key="setting-seed").set_value("0").run()
    assert "shared seeds" not in words(at), "another seed is no other setting"


def test_settings_without_a_run_are_no_run_before(app: OpenApp) -> None:
    at = app(dropout="0.3")
    assert not at.metric
    at.select_slider(key="setting-dropout").set_value(0.05).run()
    assert at.metric
    assert not any(metric.delta for metric in at.metric)


def test_a_run_on_other_data_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("normlab.app.shell.cached.run", lambda config: synthetic.run(NO_NORM))
    monkeypatch.setattr("streamlit.session_state", {})
    for before in (NO_NORM, changed(NO_NORM, {"dataset": "mnist"})):
        pins.look_at(before)
        pins.look_at(RunConfig())
        found = pins.beside(synthetic.run(RunConfig()))
        assert (found is None) == pins.follows_other_data(synthetic.run(RunConfig())) == (before is not NO_NORM)


def test_a_change_that_is_trained_is_shown_beside_the_pinned_run(app: OpenApp, engine: FakeEngine) -> None:
    at = app()
    before = charts(at)
    at = rewound(at, "norms", ())
    assert at.title[0].value == title(NO_NORM)
    assert not engine.asked, "there is a result"
    assert charts(at) == before + 1, "the curves of both"
    assert at.button(key="unpin-0").label == title(RunConfig())
    assert deltas(at, "Test accuracy", "Test loss (nats)") == expected(NO_NORM, RunConfig(), epoch=LAST)
    assert "change from the pinned run (**BN**), same epoch, one seed each" in words(at)


def test_a_change_that_is_new_is_trained_at_once(app: OpenApp, engine: FakeEngine) -> None:
    at = app()
    at = rewound(at, "dropout", 0.3)
    after = changed(RunConfig(), {"dropout": 0.3})
    assert engine.asked == [run_id(after)]
    assert at.title[0].value == title(after)


def test_where_nothing_can_be_trained_rewinding_only_goes_there(app: OpenApp) -> None:
    at = rewound(app(), "dropout", 0.3)
    assert "Live training is off here" in words(at)
    assert at.button(key="unpin-0").label == title(RunConfig())


def test_differences_follow_the_epoch(app: OpenApp) -> None:
    at = rewound(app(), "norms", ())
    at.session_state[playing.key(synthetic.run(NO_NORM))] = 2
    at.run()
    assert deltas(at, "Test accuracy", "Test loss (nats)") == expected(NO_NORM, RunConfig(), epoch=2)


def test_an_epoch_that_the_pinned_run_lacks_has_no_difference(app: OpenApp, store: Store) -> None:
    keep(store, changed(RunConfig(), {"epochs": 20}))
    at = app()
    at.button(key="pin").click().run()
    at.text_input(key="setting-epochs").set_value("20").run()
    assert not at.exception
    assert "no such epoch in the pinned run" in words(at)
    assert metrics(at)["Test accuracy"] != "–"
    assert {metric.delta for metric in at.metric} == {"–"}


def test_with_all_pins_taken_it_says_what_to_do(app: OpenApp) -> None:
    at = app()
    taken = tuple(changed(RunConfig(), {"seed": seed}) for seed in range(50, 50 + MOST_PINS))
    at.session_state["lab-setup"] = Setup(pins=taken)
    opened(at)
    assert at.button(key="rewind-go").disabled
    assert "remove one first" in at.button(key="rewind-go").help


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("norms", ("bn", "gn"), "BN + GN(2)"),
        ("norms", (), "no norm"),
        ("l1", 0.0, "off"),
        ("lr", 0.003, "0.003"),
        ("momentum", 0.0, "0"),
    ],
)
def test_values_are_told_in_the_pages_words(name: str, value: object, text: str) -> None:
    assert value_text(RunConfig(), name, value) == text


def test_a_link_leaves_nothing_to_change_that_it_has_fixed(app: OpenApp) -> None:
    offered = opened(app(lock="norms", hide="training")).selectbox(key="rewind-setting").options
    assert "Dropout" in offered
    assert not {"Normalization", "Optimizer", "Learning rate"} & set(offered)
    at = opened(app(lock=",".join(rewind.CHANGES)))
    assert "rewind-setting" not in {box.key for box in at.selectbox}


def test_where_a_link_hides_training_rewinding_only_goes_there(app: OpenApp, engine: FakeEngine) -> None:
    at = rewound(app(hide="train"), "dropout", 0.3)
    assert not engine.asked
    assert at.title[0].value == title(changed(RunConfig(), {"dropout": 0.3}))


def test_the_layers_of_both_runs_stand_side_by_side(app: OpenApp) -> None:
    at = app(panel="layers")
    alone = charts(at)
    at = rewound(at, "norms", ())
    titles = [text.value for text in at.markdown if text.value.startswith("**Spread of the block")]
    assert titles == ["**Spread of the block's output (std): no norm**", "**Spread of the block's output (std): BN**"]
    assert charts(at) < alone + 1, "no norm has no γ, no β and no memory"
