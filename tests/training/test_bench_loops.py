"""Both loops that the bench compares with are the same network and recipe, and learn."""

import pytest
import torch

from normlab.choices import Norm
from normlab.config import ModelConfig, RunConfig
from normlab.settings import changed
from normlab.training.data import load_splits
from normlab.training.model import StudyNet

reference = pytest.importorskip("normlab.training.bench.reference")
strong = pytest.importorskip("normlab.training.bench.strong")
cases = pytest.importorskip("normlab.training.bench.cases")


@pytest.mark.parametrize("norms", [("bn",), ("ln",), ("gn",), ()], ids=str)
def test_the_loops_train_the_same_network(norms: tuple[str, ...]) -> None:
    config = ModelConfig(norms=tuple(Norm(norm) for norm in norms), dropout=0.05)
    theirs, ours = reference.network(config), StudyNet(config)
    for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
        b.data.copy_(a.data)
    images = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(theirs.eval()(images), ours.eval()(images), atol=1e-5)


def test_the_strong_loops_augmentation_is_the_studys() -> None:
    """The same chance gives the same images as normlab's own, whose distribution is torchvision's."""
    split = load_splits(RunConfig().data).train
    chance = torch.rand(len(split), 6, generator=torch.Generator().manual_seed(2))
    theirs = strong.augment(split.images, chance, *split.normalization)
    differ = (theirs - split._augmented(split.images, chance)).abs() > 1e-5
    assert differ.float().mean() < 1e-4, "single precision may put a pixel beside its edge"
    untouched, _ = split.batch(slice(None))
    assert not torch.allclose(theirs, untouched, atol=0.1)


def test_the_strong_loop_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strong, "augmentation", lambda: (strong.augment, "not compiled"))
    config = changed(RunConfig(), {"epochs": 5, "lr": 0.03, "augmentation": "study"})
    epochs = list(strong.train(config, 1, channels_last=True))
    assert len(epochs) == 5
    assert epochs[-1].accuracy > 0.5
    assert epochs[-1].loss < epochs[0].loss / 1.5
    assert all(epoch.seconds > 0 for epoch in epochs)


def test_without_a_compiler_the_augmentation_stays_as_it_is_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("No working C++ compiler found\nin a long story")

    monkeypatch.setattr(torch, "compile", lambda function, **options: fail)
    augment, how = strong.augmentation.__wrapped__()
    assert augment is strong.augment
    assert how == "not compiled (No working C++ compiler found)"


@pytest.mark.slow
def test_the_compiled_augmentation_is_the_same() -> None:
    augment, how = strong.augmentation()
    if how != "compiled":
        pytest.skip(how)
    images = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    chance = torch.rand(64, 6, generator=torch.Generator().manual_seed(2))
    differ = (augment(images, chance, 0.1, 0.3) - strong.augment(images, chance, 0.1, 0.3)).abs() > 1e-4
    assert differ.float().mean() < 1e-3


@pytest.mark.data
@pytest.mark.slow
def test_the_plain_loop_learns() -> None:
    epochs = list(reference.train(cases.BN.config(2000, epochs=4), workers=0))
    assert len(epochs) == 4
    assert epochs[-1].accuracy > 0.3
    assert all(epoch.seconds > 0 for epoch in epochs)
