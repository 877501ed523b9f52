"""The lab in every state that a run can be in."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
import synthetic
from app_store import keep
from controls_kit import choose_norms
from lab_kit import FakeEngine, charts, metrics, ticket, words
from streamlit.testing.v1 import AppTest

from normlab.app.lab import live, view
from normlab.app.lab.phase import Kind, phase
from normlab.app.shell import cached
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine import FetchStatus
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store, StoreProblem
from normlab.titles import title

OpenApp = Callable[..., AppTest]
NEW = {"seed": "77", "epochs": "4"}
NEW_CONFIG = changed(RunConfig(), {"seed": 77, "epochs": 4})


def progress(at: AppTest) -> str:
    return str(at.get("progress")[0].proto.text)


def has_button(at: AppTest, key: str) -> bool:
    return key in [button.key for button in at.button]


def test_the_first_page_is_complete(app: OpenApp) -> None:
    at = app()
    end = synthetic.run(RunConfig()).epochs[-1]
    assert at.title[0].value == title(RunConfig())
    shown = metrics(at)
    assert shown["Test accuracy"] == f"{100 * end.test.accuracy:.2f} %"
    assert shown["Train accuracy"] == f"{100 * end.train_eval.accuracy:.2f} %"
    assert shown["Generalization gap"] == f"{100 * (end.train_eval.accuracy - end.test.accuracy):+.2f} pts"
    assert shown["Test loss (nats)"] == f"{end.test.loss:.3f}"
    assert shown["Penalty (nats)"] == "0.000"
    assert all(metric.help for metric in at.metric if metric.label in ("Test accuracy", "Penalty (nats)"))
    assert charts(at) >= 4
    assert "Ships with normlab" in words(at)
    assert any("torch 2.6.0" in caption.help for caption in at.caption if caption.help)
    assert not has_button(at, "train")


def test_one_run_proves_nothing_and_several_seeds_are_summed_up(app: OpenApp) -> None:
    at = app()
    accuracies = [100 * synthetic.run(changed(RunConfig(), {"seed": seed})).epochs[-1].test.accuracy for seed in (0, 1)]
    assert f"2 seeds (0, 1): mean test accuracy {sum(accuracies) / 2:.2f} %" in words(at)
    at = app(norms="none")
    assert "A single run, seed 0" in words(at)


@pytest.mark.parametrize("name", view.PANELS)
def test_only_the_open_panel_executes(app: OpenApp, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    for panel, draw in view.PANELS.items():
        monkeypatch.setitem(
            view.PANELS, panel, lambda *a, panel=panel, draw=draw, **k: (drawn.append(panel), draw(*a, **k))
        )
    at = app()
    at.button_group(key="panel").set_value(name).run()
    assert not at.exception
    assert drawn == ["Curves", name]
    drawn.clear()
    choose_norms(at)
    assert not at.exception
    assert drawn == [name], "another run, the same panel"


def test_without_a_result_the_page_offers_to_train(app: OpenApp, engine: FakeEngine) -> None:
    at = app(**NEW)
    text = words(at)
    assert "Not trained yet. About 20 s." in text
    assert "797 images seen 4 times, 100 steps" in next(one.help for one in at.caption if "Not trained" in one.value)
    assert "may disappear" in at.button(key="train").help
    assert not at.metric
    at.button(key="train").click().run()
    assert not at.exception
    assert engine.asked == [run_id(NEW_CONFIG)]
    assert progress(at) == "Waiting: number 2 in the queue, about 40 s"
    assert charts(at) >= 4, "the curves are there, still empty"


def test_cached_only_offers_the_nearest_finished_runs(app: OpenApp) -> None:
    at = app(norms="ln", l2="0.01")
    assert "Live training is off here" in words(at)
    assert not has_button(at, "train")
    assert at.button(key="near-0").label == "LN · dropout 0.05 · L2 0.001 · digits · seed 0"
    at.button(key="near-0").click().run()
    assert not at.exception
    assert at.title[0].value == "LN · dropout 0.05 · L2 0.001 · digits · seed 0"
    assert at.metric


def test_a_missing_data_set_is_named_with_a_way_to_get_it(app: OpenApp, engine: FakeEngine) -> None:
    at = app(dataset="mnist")
    assert "MNIST is not available yet" in words(at)
    assert "12 MB" in at.button(key="fetch-mnist").label
    assert not has_button(at, "train")


def test_what_instance_norm_makes_impossible_is_said(app: OpenApp, engine: FakeEngine) -> None:
    assert "can only guess" in " ".join(info.value for info in app(norms="in").info)
    assert not app().info


def test_a_download_shows_how_far_it_is_and_why_it_failed(app: OpenApp, engine: FakeEngine) -> None:
    at = app(dataset="mnist")
    at.button(key="fetch-mnist").click().run()
    assert "3.0 of 12.0 MB" in progress(at)
    assert at.button(key="fetch-mnist").disabled
    engine.fetches[Dataset.MNIST] = FetchStatus(Dataset.MNIST, "failed", message="The download broke off.")
    at.run()
    assert "The download broke off." in [error.value for error in at.error]
    assert not at.button(key="fetch-mnist").disabled


@pytest.mark.parametrize(
    ("state", "epochs", "text"),
    [
        ("starting", None, "Starting: loading PyTorch and the images"),
        ("running", 2, "Epoch 2 of 4 · step 50 of 100 · about"),
    ],
)
def test_while_a_run_trains_its_progress_is_shown(
    app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, state: str, epochs: int | None, text: str
) -> None:
    run = synthetic.run(NEW_CONFIG, status=Status.RUNNING, epochs=epochs) if epochs else None
    monkeypatch.setattr(cached, "run", lambda config: run if config == NEW_CONFIG else None)
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, state, requesters=3)
    at = app(**NEW)
    assert progress(at).startswith(text)
    assert progress(at).endswith("2 others watching")
    assert engine.asked == [run_id(NEW_CONFIG)] or not engine.asked
    at.button(key="stop").click().run()
    assert not at.exception
    assert engine.withdrawn == [run_id(NEW_CONFIG)]
    assert at.button(key="rejoin").label == "Watch again", "the others keep it going"


def test_a_second_click_on_stop_does_not_start_the_run_again(app: OpenApp, engine: FakeEngine) -> None:
    """A fast or doubled click arrives when the run is already stopping."""
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, "running")
    at = app(**NEW)
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, "running", requesters=0)
    at.button(key="stop").click().run()
    assert at.button(key="stop").disabled
    assert not [button for button in at.button if button.key == "rejoin"]


def test_every_panel_is_there_while_a_run_trains(
    app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = synthetic.run(NEW_CONFIG, status=Status.RUNNING, epochs=2)
    monkeypatch.setattr(cached, "run", lambda config: run)
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, "running")
    at = app(**NEW)
    for name in view.PANELS:
        at.button_group(key="panel").set_value(name).run()
        assert not at.exception
        assert progress(at)


def test_a_failed_run_says_why_and_can_be_trained_again(app: OpenApp, engine: FakeEngine) -> None:
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, "failed", message="The disk is full: free some space.")
    at = app(**NEW)
    assert "The training failed: The disk is full: free some space." in words(at)
    assert at.button(key="train").label == "Train again"
    at.button(key="train").click().run()
    assert engine.asked == [run_id(NEW_CONFIG)]


def test_an_interrupted_run_is_shown_and_can_be_trained_again(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG, status=Status.INTERRUPTED, epochs=2)
    at = app(**NEW)
    assert "interrupted after 2 of 4 epochs" in words(at)
    assert charts(at) >= 4
    assert metrics(at)["Test accuracy"] != "–"
    assert at.button(key="train").label == "Train again"


def test_a_diverged_run_is_shown_and_not_offered_again(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG, status=Status.DIVERGED, epochs=2)
    at = app(**NEW)
    assert "diverged after 2 of 4 epochs. The loss was not a number." in words(at)
    assert charts(at) >= 4
    assert not has_button(at, "train")


def test_a_run_trained_here_says_so(app: OpenApp, store: Store) -> None:
    keep(store, NEW_CONFIG)
    assert "Trained here" in words(app(**NEW))


def test_a_run_of_an_older_generation_says_so_and_can_be_trained_again(
    app: OpenApp, engine: FakeEngine, store: Store
) -> None:
    keep(store, NEW_CONFIG, generation=0)
    at = app(**NEW)
    assert "generation 0" in words(at)
    assert any("Made by an older generation of the training code" in (one.help or "") for one in at.caption)
    at.button(key="retrain").click().run()
    assert engine.asked == [run_id(NEW_CONFIG)]
    assert "Waiting: number 2 in the queue" in at.get("progress")[0].proto.text
    engine.tickets.clear()
    keep(store, NEW_CONFIG)
    at.run()
    assert "generation" not in words(at)
    assert not has_button(at, "retrain")


def test_where_nothing_is_trained_an_older_run_is_just_shown(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG, generation=0)
    engine.workers = 0
    assert not has_button(app(**NEW), "retrain")
    engine.workers = 1
    assert not has_button(app(**NEW, hide="train"), "retrain")


def test_pinned_runs_stay_and_are_overlaid(app: OpenApp) -> None:
    at = app()
    single = charts(at)
    at.button(key="pin").click().run()
    assert at.button(key="pin").disabled
    assert charts(at) == single, "a run is not compared with itself"
    choose_norms(at)
    assert charts(at) == single + 1
    assert at.button(key="unpin-0").label == title(RunConfig())
    at.button(key="unpin-0").click().run()
    assert not at.exception
    assert charts(at) == single
    assert not has_button(at, "unpin-0")


def test_no_more_than_four_runs_can_be_pinned(app: OpenApp, store: Store) -> None:
    for seed in range(2, 5):
        keep(store, changed(RunConfig(), {"seed": seed}))
    at = app()
    for seed in range(4):
        at.text_input(key="setting-seed").set_value(str(seed)).run()
        at.button(key="pin").click().run()
        assert not at.exception
    at.text_input(key="setting-seed").set_value("4").run()
    assert at.button(key="pin").disabled
    assert "remove one first" in at.button(key="pin").help


def test_without_a_place_for_runs_the_page_says_so_in_a_sentence(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Store:
        raise StoreProblem("There is no folder to keep runs in: set NORMLAB_STORE to one that can be written.")

    monkeypatch.setattr(cached, "store", fail)
    at = app()
    assert at.error[0].value.startswith("There is no folder to keep runs in")


def test_a_temporary_store_is_announced(app: OpenApp, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(store, "_notice", "The store is read-only: a temporary folder is used.")
    monkeypatch.setattr(cached, "store", lambda: store)
    assert "a temporary folder is used" in words(app())


def test_the_phase_of_a_configuration(app: OpenApp, engine: FakeEngine) -> None:
    app()
    assert phase(RunConfig()).kind is Kind.ENDED
    assert phase(NEW_CONFIG).kind is Kind.NOTHING
    for state, kind in (("waiting", Kind.LIVE), ("running", Kind.LIVE), ("failed", Kind.FAILED)):
        engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, state)
        assert phase(NEW_CONFIG).kind is kind


def test_progress_is_a_share_and_a_line() -> None:
    run = synthetic.run(NEW_CONFIG, status=Status.RUNNING, epochs=2)
    share, text = live.progress(run, ticket(NEW_CONFIG, "running"), 2.4)
    assert share == pytest.approx(0.5)
    assert text == "Epoch 2 of 4 · step 50 of 100 · about 2.4 s left"
    assert live.progress(None, ticket(NEW_CONFIG, "waiting", position=1)) == (0.0, "Waiting: number 1 in the queue")
    assert live.progress(run, ticket(NEW_CONFIG, "starting"))[0] == 0.0, "the points are an earlier attempt's"
    again = ticket(NEW_CONFIG, "running", message="The process ended (SIGKILL). The run starts again.")
    assert live.progress(None, again)[1].endswith(r"images · The process ended \(SIGKILL\). The run starts again.")


def test_what_is_left_counts_down_between_two_points(
    app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = synthetic.run(NEW_CONFIG, status=Status.RUNNING, epochs=2)
    monkeypatch.setattr(cached, "run", lambda config: run if config == NEW_CONFIG else None)
    engine.tickets[run_id(NEW_CONFIG)] = ticket(NEW_CONFIG, "running")
    clock = [100.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: clock[0])
    at, told = app(**NEW), []
    for _ in range(4):
        told.append(progress(at).rpartition("about ")[2])
        clock[0] += 0.8
        at.run()
    assert told == ["2.4 s left", "1.6 s left", "0.8 s left", "0.1 s left"]


def test_the_last_result_stays_dimmed_while_settings_are_not_trained(app: OpenApp, engine: FakeEngine) -> None:
    at = app()
    here = metrics(at)
    at.text_input(key="setting-seed").set_value("4711").run()
    assert not at.exception
    assert at.title[0].value.endswith("seed 4711")
    assert f"Below, dimmed: the last result, **{title(RunConfig())}**." in words(at)
    assert metrics(at) == here
    assert "grayscale" in " ".join(element.proto.body for element in at.get("html"))
    at.button_group(key="panel").set_value("Weights").run()
    assert not at.exception
    assert metrics(at) == here, "its panels open"
    at.button(key="train").click().run()
    assert progress(at)
    assert "dimmed" not in words(at)


def test_importing_the_entry_draws_nothing() -> None:
    import importlib.util

    path = Path(__file__).parents[2] / "streamlit_app.py"
    spec = importlib.util.spec_from_file_location("entry", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module.app, st.App)
