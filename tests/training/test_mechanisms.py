"""The measurements of why BN + L1 + L2 swings: each replaces what it says, and leaves the network alone."""

from dataclasses import replace

import pytest
import torch

from normlab.config import DataConfig, ModelConfig
from normlab.study.plan.mechanisms import BY_NAME, Measurement
from normlab.training.data import Splits, load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.modes import batch_norms, evaluate_batches
from normlab.training.study import dissection, mechanisms
from normlab.training.study.mechanisms import measure, summary


@pytest.fixture(scope="module")
def splits() -> Splits:
    found = load_splits(DataConfig(train_size=300))
    return replace(found, test=found.test.first(200), validation=None)


def network(seed: int = 0) -> StudyNet:
    """Its memory fits nothing."""
    net = StudyNet(ModelConfig(dropout=0.1), seed)
    for place, norm in enumerate(batch_norms(net).values()):
        norm.running_mean.add_(0.3 * place)
        norm.running_var.mul_(2.0)
    return net


def test_swapping_no_channel_or_all_is_running_or_batch_mode(splits: Splits) -> None:
    net = network()
    none = dissection.swapped(net, splits.test, lambda name, var: torch.zeros_like(var, dtype=torch.bool))
    every = dissection.swapped(net, splits.test, lambda name, var: torch.ones_like(var, dtype=torch.bool))
    assert none == pytest.approx(evaluate(net, splits.test).score.accuracy, abs=0.006)
    assert every == pytest.approx(evaluate_batches(net, splits.test).score.accuracy, abs=0.006)


def test_one_block_is_one_block() -> None:
    var = torch.tensor([0.5, 1e-4])
    assert dissection.only("block3")("block3", var).tolist() == [True, True]
    assert dissection.only("block3")("block4", var).tolist() == [False, False]
    assert dissection.low_variance("block3", var).tolist() == [False, True]


def test_measuring_leaves_the_network_alone(splits: Splits) -> None:
    net = network()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    dissection.swapped(net, splits.test, dissection.low_variance)
    dissection.after_forward_passes(net, splits, splits.test, is_augmented=True)
    dissection.thin_margins(net, splits.test)
    dissection.averaged(net, {name: p.detach() for name, p in network(1).named_parameters()}, splits, splits.test)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_forward_passes_repair_a_memory_that_does_not_fit(splits: Splits) -> None:
    """With 50 batches of momentum 0.1, 0.9⁵⁰ = 0.5 % of the old memory is left."""
    net = StudyNet(ModelConfig(dropout=0.0, bn_momentum=0.5))
    passed = dissection.after_forward_passes(net, splits, splits.test, is_augmented=False)
    assert passed == pytest.approx(evaluate_batches(net, splits.test).score.accuracy, abs=0.1)


def test_a_measurement_tells_everything_and_projection_keeps_the_norms(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"dataset": "digits", "train_size": 300, "epochs": 2, "batch_size": 30}
    arm = replace(BY_NAME["projected"], settings=small)
    monkeypatch.setattr(mechanisms, "EVERY", 5)
    found = measure(Measurement(arm, 1), quick=False)
    assert [epoch["epoch"] for epoch in found["epochs"]] == [1, 2]
    assert [check["step"] for check in found["checks"]] == [5, 10, 15, 20]
    norms = [check["norms"] for check in found["checks"]]
    assert norms[0] == pytest.approx(norms[-1], rel=1e-3)
    assert all(check["angle"] > 0 for check in found["checks"])
    assert found["epochs"][0]["dissected"]["one_block"].keys() == {f"block{number}" for number in range(1, 7)}
    assert found["epochs"][1]["reestimated"] is not None
    assert {"torch", "numpy"} <= found["made"]["versions"].keys()


def test_the_summary_leaves_the_first_epoch_out_and_a_deficit_is_batch_minus_running() -> None:
    def check(running: float, batch: float) -> dict[str, object]:
        both = {"running": running, "batch": batch}
        return {"train": both, "test": both, "angle": 0.1}

    told = summary([check(0, 50), check(70, 90), check(80, 94)][:2] + [check(80, 94)] * 2, epochs=2)
    assert told["deficit"] == 14
    assert told["test_running_swing"] == 0
    assert told["test_running_lowest"] == 80
