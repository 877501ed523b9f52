"""A run to take away."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
import torch

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.describe import parameter_count
from normlab.export import log_csv, provenance, pytorch_code, steps_csv
from normlab.record import Snapshot, Status
from normlab.settings import changed
from normlab.training.data import load_splits
from normlab.training.freedom import rates
from normlab.training.layers import BatchNorm
from normlab.training.model import StudyNet
from normlab.training.seeds import generator
from normlab.training.train import iter_events

ARMS: dict[str, dict[str, object]] = {
    "default": {},
    "no norm": {"norms": ()},
    "no norm, as in the study": {"norms": (), "study_exact": True},
    "no dropout": {"dropout": 0.0},
    "all norms": {"norms": tuple(Norm), "l2": 1e-3},
    "no offset in the norm": {"norms": (Norm.RMS,), "l1": 1e-3, "l1_scope": "gamma"},
    "ghost batches": {"ghost_batch": 8, "l1": 1e-3, "l1_scope": "gamma"},
    "proximal": {"l1": 1e-3, "l1_step": "proximal", "l2": 1e-3, "l2_scope": "weights"},
    "even widths": {"norms": ("gn",), "widths": "even", "groups": 8, "dropout_place": "after-norm"},
    "L1 and L2": {"l1": 1e-3, "l2": 1e-3, "l1_scope": "weights", "optimizer": "adam", "lr": 0.01},
    "little and wrong data": {"train_size": 200, "label_noise": 0.2, "schedule": "plateau-validation"},
    "the study's habits": {"validation": False, "schedule": "plateau-test", "bn_momentum": 0.3},
    "all but the last layers": {"l1": 1e-3, "l1_scope": "inner", "l2": 1e-3, "l2_scope": "gamma"},
    "constant rate": {"schedule": "constant", "train_size": 100},
    "norms in three blocks": {"norms": ("bn", "ln"), "norm_blocks": (1, 2, 3), "init_scale": 2.0},
    "no norm, a small start": {"norms": (), "init_scale": 0.1},
    "only the norm learns": {"trainable": "norm", "l2": 0.01, "lr": 0.3},
    "only the head learns": {"trainable": "head", "l1": 0.01, "l1_step": "proximal"},
    "random weights learn": {"trainable": "random", "norms": ("rms",), "conv_lr_scale": 3.0, "l2": 0.01},
    "convolutions at their own pace": {"conv_lr_scale": 10.0, "init_scale": 3.0, "l1": 0.01, "l1_step": "proximal"},
    "their own pace on a plateau": {"conv_lr_scale": 0.1, "schedule": "plateau-test", "optimizer": "adam"},
    "held lengths": {"weight_norms": 0.5, "l2": 0.01},
}
arms = pytest.mark.parametrize("settings", ARMS.values(), ids=ARMS)


@pytest.fixture(autouse=True)
def global_random_state() -> Iterator[None]:
    """The script seeds torch's global generator, as a script may."""
    with torch.random.fork_rng():
        yield


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), {"epochs": 1, **settings})


def script(run_config: RunConfig) -> dict[str, Any]:
    """The names that the script defines; its main guard does not run."""
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(pytorch_code(run_config), "script", "exec"), names)
    return names


def study_net_and_its_twin(run_config: RunConfig) -> tuple[StudyNet, torch.nn.Module]:
    """normlab's network and the script's, with the same random weights and memories."""
    ours, theirs = StudyNet(run_config.model), script(run_config)["build_network"]()
    random = torch.Generator().manual_seed(0)
    state = {name: value + torch.rand(value.shape, generator=random) for name, value in ours.state_dict().items()}
    ours.load_state_dict(state)
    theirs.load_state_dict(state)  # the same names
    return ours, theirs


@arms
def test_the_scripts_network_has_as_many_parameters(settings: dict[str, object]) -> None:
    network = script(config(**settings))["build_network"]()
    assert sum(p.numel() for p in network.parameters()) == parameter_count(config(**settings).model)


@arms
def test_the_scripts_network_computes_the_same(settings: dict[str, object]) -> None:
    ours, theirs = study_net_and_its_twin(config(**settings))
    images = torch.randn(16, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(theirs.eval()(images), ours.eval()(images), rtol=1e-4, atol=1e-4)


@arms
def test_the_script_trains_and_prints_its_scores(
    settings: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    network = script(config(**{"train_size": 200, **settings}))["train"]()
    told = capsys.readouterr().out
    assert "epoch 1 of 1, about 0 s left" in told
    assert "test " in told
    assert all(torch.isfinite(p).all() for p in network.parameters())


class ShuffledAlike:
    """torch, but shuffling images as normlab does."""

    def __init__(self, seed: int) -> None:
        self._order = generator(seed, "order")

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def randperm(self, count: int) -> torch.Tensor:
        return torch.randperm(count, generator=self._order)


SAME = ("default", "no norm", "proximal", *list(ARMS)[list(ARMS).index("norms in three blocks") :])


@pytest.mark.parametrize("arm", SAME)
def test_the_script_trains_the_same(arm: str) -> None:
    """From the same weights, with the same order of images and no dropout, it ends with the same weights."""
    run_config = config(**{"train_size": 160, "epochs": 2, **ARMS[arm], "dropout": 0.0})
    ours = [event for event in iter_events(run_config) if isinstance(event, Snapshot)][-1]
    names = script(run_config)
    build, start = names["build_network"], StudyNet(run_config.model, run_config.seed)

    def begun() -> torch.nn.Module:
        network: torch.nn.Module = build()
        network.load_state_dict(start.state_dict())
        return network

    def drawn(network: torch.nn.Module) -> dict[torch.Tensor, torch.Tensor]:
        masks = zip(start.named_parameters(), start.views(rates(run_config.optim, start, run_config.seed)), strict=True)
        return {network.get_parameter(name): mask > 0 for (name, _), mask in masks if mask.any()}

    names |= {"build_network": begun, "torch": ShuffledAlike(run_config.seed)}
    names |= {"random_weights": drawn} if "random_weights" in names else {}
    theirs = names["train"]().state_dict()
    for name, array in ours.weights.items():
        torch.testing.assert_close(theirs[name], torch.from_numpy(array), rtol=2e-3, atol=2e-3)


def test_the_scripts_start_is_multiplied_but_for_the_head() -> None:
    found = []
    for scale in (1.0, 4.0):
        names = script(config(init_scale=scale))
        torch.manual_seed(0)
        found.append(dict(names["build_network"]().named_parameters()))
    for name, weight in found[0].items():
        factor = 4 if weight.dim() == 4 and name != "head.weight" else 1
        assert torch.equal(found[1][name], factor * weight)


def test_the_script_saves_the_weights_where_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(pytorch_code(config(train_size=50)), encoding="utf-8")
    subprocess.run([sys.executable, "script.py", "weights.pt"], cwd=tmp_path, check=True, timeout=300)
    saved = torch.load(tmp_path / "weights.pt", weights_only=True)
    counted = {name for name in saved if name.endswith("num_batches_tracked")}  # torch's, which nothing here uses
    assert saved.keys() - counted == StudyNet(config().model).state_dict().keys()
    assert any(value.abs().sum() > 0 for value in saved.values())


@pytest.mark.parametrize("settings", [{}, ARMS["little and wrong data"], {"validation": False, "label_noise": 0.3}])
def test_the_script_has_the_same_images_and_labels_in_the_same_splits(settings: dict[str, object]) -> None:
    theirs, ours = script(config(**settings))["load_data"](), load_splits(config(**settings).data)
    splits = {"train": ours.train, "clean train": ours.clean, "validation": ours.validation, "test": ours.test}
    assert set(theirs) == {name for name, split in splits.items() if split is not None}
    for name, (images, labels) in theirs.items():
        split = splits[name]
        assert split is not None
        expected_images, expected_labels = split.batch(slice(None))
        assert torch.equal(labels, expected_labels)
        torch.testing.assert_close(images, expected_images)


@arms
def test_the_scripts_penalty_is_the_definition(settings: dict[str, object]) -> None:
    penalty = config(**settings).penalty
    names = script(config(**settings))
    explicit_l1 = penalty.l1 if penalty.l1_step == "subgradient" else 0.0
    assert ("penalty" in names) == bool(explicit_l1 or penalty.l2)
    if "penalty" not in names:
        return
    network = names["build_network"]()

    def covered(scope: str) -> list[torch.Tensor]:
        parameters = dict(network.named_parameters())
        if scope == "gamma":
            return [p for name, p in parameters.items() if p.dim() == 1 and name.endswith("weight")]
        if scope == "inner":
            return list(parameters.values())[:-3]  # without the last γ, its β, and the head
        return [p for p in parameters.values() if p.dim() == 4 or scope == "all"]

    l1 = explicit_l1 * sum(float(p.detach().abs().sum()) for p in covered(penalty.l1_scope))
    l2 = penalty.l2 / 2 * sum(float(p.detach().square().sum()) for p in covered(penalty.l2_scope))
    assert float(names["penalty"](network).detach()) == pytest.approx(l1 + l2, rel=1e-5)


def test_the_scripts_proximal_step_stops_at_zero() -> None:
    names = script(config(**ARMS["proximal"]))
    network = names["build_network"]()
    before = [p.detach().clone() for p in network.parameters()]
    names["soft_threshold"](network, 0.1)
    amount = 0.1 * 1e-3 / (1 - 0.9)
    for old, new in zip(before, network.parameters(), strict=True):
        torch.testing.assert_close(new.detach(), torch.nn.functional.softshrink(old, amount))
    assert any((p == 0).any() for p in network.parameters())


def test_the_scripts_ghost_batches_remember_as_ours_do() -> None:
    theirs = script(config(ghost_batch=8))["GhostBatchNorm2d"](6, momentum=0.1)
    ours = BatchNorm(6, 0.1, ghost=8)
    images = torch.randn(20, 6, 5, 5, generator=torch.Generator().manual_seed(2))
    interleaved = images[torch.tensor([0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19])]
    ours.train()(images)  # takes every second image as one ghost, the script each eight in a row
    theirs.train()(interleaved)
    torch.testing.assert_close(theirs.running_mean, ours.running_mean)
    torch.testing.assert_close(theirs.running_var, ours.running_var)


def test_the_scripts_augmentation_keeps_shape_and_changes_images() -> None:
    names = script(config(augmentation="study"))
    images = names["load_data"]()["train"][0][:16]
    torch.manual_seed(0)
    changed_images = names["augment"](images)
    assert changed_images.shape == images.shape
    assert not torch.equal(changed_images, images)


@arms
def test_the_script_contains_nothing_that_it_does_not_use(settings: dict[str, object]) -> None:
    code = pytorch_code(config(**settings))
    names = ["soft_threshold", "penalty", "schedule", "gammas", "GhostBatchNorm2d", "augment", "load_digits"]
    for name in (*names, "inner_convolutions", "learning", "random_weights", "hold", "has_norm"):
        assert code.split('"""', 2)[2].count(name) != 1, f"{name} is there but not used"
    assert "normlab" not in code.split('"""')[2], "the script does not need normlab"
    assert max(map(len, code.splitlines())) <= 100


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist"])
def test_the_script_trains_on_downloaded_data(
    dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(Path(os.environ["NORMLAB_DATA"]).resolve())
    monkeypatch.chdir(tmp_path)
    script(config(dataset=dataset, train_size=500, augmentation="study"))["train"]()
    assert "test " in capsys.readouterr().out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_log_as_csv_has_a_line_an_epoch_and_empty_fields_for_what_was_not_measured() -> None:
    run = synthetic.run(config(epochs=3, validation=False))
    found = rows(log_csv(run))
    assert [row["epoch"] for row in found] == ["1", "2", "3"]
    assert float(found[-1]["test_accuracy"]) == pytest.approx(100 * run.epochs[-1].test.accuracy, rel=1e-5)
    assert found[-1]["validation_accuracy"] == ""


def test_the_steps_as_csv_have_a_line_a_live_point() -> None:
    run = synthetic.run(config(epochs=2))
    found = rows(steps_csv(run))
    assert len(found) == len(run.steps)
    assert np.allclose([float(row["data_loss"]) for row in found], [s.data_loss for s in run.steps], rtol=1e-5)


def test_an_empty_run_gives_a_header_and_nothing_else() -> None:
    run = synthetic.run(config(), status=Status.RUNNING, epochs=0, steps=0)
    assert rows(log_csv(run)) == []
    assert log_csv(run).startswith("epoch,step,lr,")


def test_provenance_names_run_seed_machine_and_versions() -> None:
    run = synthetic.run(config(seed=7), shipped=True)
    told = dict(provenance(run))
    assert run.run_id in told["Run"]
    assert "ships" in told["Run"]
    assert told["Seed"] == "7"
    assert "torch 2.6.0" in told["Versions"]
    assert "1 thread" in told["Machine"]
    assert told["Started"] == "2026-03-02 09:15 UTC"


def test_provenance_of_an_interrupted_run_leaves_out_what_is_not_known() -> None:
    told = dict(provenance(synthetic.run(config(epochs=9), status=Status.INTERRUPTED, epochs=1)))
    assert "interrupted" in told["Run"]
    assert "Duration" not in told
    assert "Machine" in told


def test_provenance_says_why_a_run_diverged() -> None:
    told = dict(provenance(synthetic.run(config(epochs=9), status=Status.DIVERGED, epochs=1)))
    assert told["Why it ended"]
