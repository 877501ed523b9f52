"""The reference of the bench is the same network and recipe; the table is arithmetic."""

import os

import pytest
import torch

from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.training.model import StudyNet

reference = pytest.importorskip("normlab.training.bench.reference")
measure = pytest.importorskip("normlab.training.bench.measure")


@pytest.mark.parametrize("norm", ["bn", "ln", "gn"])
def test_the_reference_is_the_same_network(norm: str) -> None:
    theirs, ours = reference.network(reference.NORMS[norm], 0.05), StudyNet(ModelConfig(norms=(Norm(norm),)))
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        b.data.copy_(a.data)
    images = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(theirs.eval()(images), ours.eval()(images), atol=1e-5)


def test_a_ratio_is_that_of_the_medians() -> None:
    line = measure.Line("epoch", [10.0, 30.0, 11.0], [2.0, 1.9, 9.0], least=4.0, aim=6.0)
    assert line.ratio == 5.5
    assert line.plain()["ratio"] == 5.5


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("NORMLAB_DATA"), reason="NORMLAB_DATA names no folder")
def test_the_reference_learns() -> None:
    case = measure.cases.EPOCHS[0]
    epochs = list(reference.train(case.config(2000, epochs=4), workers=0))
    assert len(epochs) == 4
    assert epochs[-1].accuracy > 0.3
    assert all(epoch.seconds > 0 for epoch in epochs)
