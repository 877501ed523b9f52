"""The optimizers are torch's, and bring no compiler into a worker."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from normlab.training import optimizers


@pytest.mark.parametrize(("name", "options"), [("SGD", {"momentum": 0.9}), ("SGD", {}), ("Adam", {})])
def test_every_step_is_that_of_torch(name: str, options: dict[str, float]) -> None:
    found = []
    for module in (optimizers, torch.optim):
        torch.manual_seed(0)
        model = nn.Linear(5, 3)
        optimizer = getattr(module, name)(model.parameters(), lr=0.05, fused=True, **options)
        for _ in range(4):
            optimizer.zero_grad()
            model(torch.ones(2, 5)).square().sum().backward()
            optimizer.step()
        found.append(model.weight.detach())
    assert torch.equal(found[0], found[1])


def test_a_training_imports_no_compiler() -> None:
    code = """
import sys
from normlab.config import DataConfig, OptimConfig, RunConfig
from normlab.training import worker
from normlab.training.data import load_splits
from normlab.training.train import iter_events
worker.warm_up()
for optimizer, schedule in [("sgd", "constant"), ("adam", "one-cycle"), ("sgd", "plateau-test")]:
    optim = OptimConfig(epochs=1, optimizer=optimizer, schedule=schedule)
    config = RunConfig(data=DataConfig(train_size=200), optim=optim, bn_modes=True)
    print(len(list(iter_events(config, load_splits(config.data)))))
print([name for name in ("torch._dynamo", "sympy", "triton") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
