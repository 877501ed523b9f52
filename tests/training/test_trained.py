"""What a notebook gets of a training: its history, its network, a way to keep it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import normlab
from normlab import ConfigError, EpochEnd, NormlabError, RunConfig, Store, Trained, changed, iter_events, train
from normlab.errors import BadInput
from normlab.record import Status
from normlab.training.data import load_splits
from normlab.training.evaluate import evaluate

CONFIG = changed(RunConfig(), {"epochs": 2, "train_size": 100})


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(CONFIG)


def test_the_history_has_a_row_for_each_epoch_with_what_was_measured(trained: Trained) -> None:
    history = trained.history
    assert list(history["epoch"]) == [1, 2]
    for row, end in zip(history.to_dict("records"), trained.epochs, strict=True):
        assert row["test_accuracy"] == end.test.accuracy
        assert row["train_eval_loss"] == end.train_eval.loss
        assert end.validation is not None
        assert row["validation_loss"] == end.validation.loss
    assert trained.test == trained.epochs[-1].test


def test_it_tells_the_same_events_as_the_generator(trained: Trained) -> None:
    heard = []
    again = train(CONFIG, load_splits(CONFIG.data), on_event=heard.append)
    assert [type(event) for event in heard][-1].__name__ == "Ended"
    losses = [[end.train.loss for end in run.epochs] for run in (trained, again)]
    assert losses[0] == losses[1]
    assert losses[0] == [event.train.loss for event in iter_events(CONFIG) if isinstance(event, EpochEnd)]


def test_the_network_gives_the_recorded_answers(trained: Trained) -> None:
    found = evaluate(trained.network, load_splits(CONFIG.data).test)
    assert not trained.network.training
    assert found.score == trained.test


def test_a_saved_run_is_the_one_that_the_store_knows(trained: Trained, tmp_path: Path) -> None:
    run = trained.save(Store(tmp_path))
    assert (run.config, run.status) == (CONFIG, Status.FINISHED)
    assert run.record is not None
    assert trained.test is not None
    assert run.record.test_accuracy == trained.test.accuracy
    with pytest.raises(NormlabError, match="has ended already"):
        trained.save(Store(tmp_path))


def test_images_of_other_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"train_size=100, but the configuration says 797: use load_splits"):
        iter_events(RunConfig(), load_splits(CONFIG.data))
    everything = load_splits(RunConfig().data)
    iter_events(changed(RunConfig(), {"train_size": 797, "augmentation": "study"}), everything)


def test_a_training_on_changed_images_is_not_kept(tmp_path: Path) -> None:
    splits = load_splits(CONFIG.data)
    black = replace(splits, train=replace(splits.train, images=torch.zeros_like(splits.train.images)))
    with pytest.raises(BadInput, match="learned from other images"):
        train(CONFIG, black).save(Store(tmp_path))
    assert not list(tmp_path.glob("*/record.json"))
    train(CONFIG, splits).save(Store(tmp_path))


def test_a_diverged_training_has_no_test_score() -> None:
    run = train(changed(CONFIG, {"norms": (), "lr": 10.0, "epochs": 3}))
    assert run.ended.status is Status.DIVERGED
    assert len(run.history) == len(run.epochs) < 3
    assert (run.test is None) == (not run.epochs)


def test_every_public_name_can_be_had() -> None:
    for name in normlab.__all__:
        assert getattr(normlab, name).__doc__, name
    assert set(normlab.__all__) <= set(dir(normlab))
