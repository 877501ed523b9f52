"""When the fast path answers, when the network itself does, and that a training hardly notices which."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from normlab.config import DataConfig, ModelConfig, OptimConfig, RunConfig
from normlab.record import EpochEnd
from normlab.training import answers, threads
from normlab.training.data import Splits, load_splits
from normlab.training.model import StudyNet
from normlab.training.train import iter_events

CONFIG = RunConfig(
    data=DataConfig(train_size=300), model=ModelConfig(dropout=0.2), optim=OptimConfig(epochs=2, batch_size=32)
)


@pytest.fixture(scope="module")
def splits() -> Splits:
    return load_splits(CONFIG.data)


def last_epoch(config: RunConfig, splits: Splits) -> EpochEnd:
    return [event for event in iter_events(config, splits) if isinstance(event, EpochEnd)][-1]


def test_a_network_that_is_watched_answers_itself() -> None:
    net, heard = StudyNet(), list[int]()
    assert not answers.is_watched(net)
    handle = net.get_submodule("block3.bn").register_forward_hook(lambda *_: heard.append(1))
    assert answers.is_watched(net)
    answers.answers(net, torch.zeros(2, 1, 28, 28))
    assert heard == [1]
    handle.remove()
    assert not answers.is_watched(net)


def test_other_networks_answer_themselves() -> None:
    other = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    images = torch.zeros(2, 1, 28, 28)
    assert torch.equal(answers.answers(other, images), other(images))


def test_both_ways_train_alike(splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = last_epoch(CONFIG, splits)
    monkeypatch.setattr(answers, "HAS_KERNELS", False)
    plain = last_epoch(CONFIG, splits)
    assert fast.train.loss == pytest.approx(plain.train.loss, rel=1e-3)
    assert fast.test.loss == pytest.approx(plain.test.loss, rel=1e-3)


def test_the_number_of_threads_changes_no_digit(splits: Splits) -> None:
    found = []
    for count in (1, 2):
        threads.use(count)
        found.append(replace(last_epoch(CONFIG, splits), seconds=0.0, layers=()))
    threads.use(1)
    assert found[0] == found[1]


def test_without_numba_the_network_trains_all_the_same() -> None:
    code = """
import sys; sys.modules["numba"] = None
from normlab.training import threads, worker
worker.warm_up(); threads.use(2)
import torch
print(threads.HAS_KERNELS, threads.count(), torch.get_num_threads(), any("kernels" in name for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "2", "2", "False"], done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_warm_worker_takes_at_most_300_megabytes_more_than_torch() -> None:
    code = """
import torch
from normlab.training import memory, worker
before = memory.resident(); worker.warm_up(); print((memory.resident() - before) / 1e6)
"""
    for _ in range(2):  # the first one may compile, which takes more
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert float(done.stdout) <= 300, done.stderr


@pytest.mark.slow
def test_once_a_worker_is_warm_nothing_is_left_to_compile(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path_factory.mktemp("kernels")))
    code = """
import torch
from numba.core import event
from normlab.config import DataConfig, OptimConfig, RunConfig
from normlab.training import answers, worker
from normlab.training.model import StudyNet
from normlab.training.train import iter_events
from tests.training.test_fused import MODELS
worker.warm_up()
with event.install_recorder("numba:compile") as found:
    list(iter_events(RunConfig(data=DataConfig(train_size=100), optim=OptimConfig(epochs=1))))
    for config in MODELS:
        for mode in (True, False):
            answers.answers(StudyNet(config).train(mode), torch.zeros(5, 1, 28, 28))
            answers.learn(StudyNet(config).train(mode), torch.zeros(5, 1, 28, 28), torch.arange(5))
print(len(found.buffer))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0", done.stderr


WARM = """
from numba.core import event
from normlab.training import worker
with event.install_recorder("numba:compile") as found:
    worker.warm_up()
print(len(found.buffer) > 0)
"""


@pytest.mark.slow
def test_of_several_workers_one_compiles_and_another_goes_on_where_that_one_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen([sys.executable, "-c", WARM], stdout=subprocess.PIPE, text=True)

    with start() as first:
        while not list(tmp_path.rglob("compiling.lock")):
            assert first.poll() is None
            time.sleep(0.1)
        others = [start(), start()]
        first.kill()
    assert sorted(other.communicate()[0].strip() for other in others) == ["False", "True"]
