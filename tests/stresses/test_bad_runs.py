"""Networks that cannot be put under stress: one sentence each."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from store_kit import SMALL, write
from stress_kit import made_up

from normlab.config import ModelConfig
from normlab.errors import BadInput, NormlabError
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Store
from normlab.stresses import Stress, apply, ruler, stress


def test_a_run_that_has_not_ended_has_no_network() -> None:
    run = synthetic.run(status=Status.RUNNING, epochs=2)
    with pytest.raises(BadInput, match=f"^The run {run.run_id} has no stored network: only runs that have ended"):
        apply(run, Stress())


def test_an_epoch_that_is_not_kept_is_named_with_those_that_are() -> None:
    run = made_up(ModelConfig())
    (epoch,) = run.snapshot_epochs()
    with pytest.raises(BadInput, match=f"^The run {run.run_id} has no network of epoch 7; kept are {epoch}.$"):
        stress(run, epoch=7)


def test_a_block_without_a_norm_has_no_ruler() -> None:
    with pytest.raises(BadInput, match=r"^block6 of the run \w+ has no norm, so there is no ruler.$"):
        ruler(made_up(ModelConfig(norms=())), Stress(), "block6")


def test_weights_without_bounds_give_no_answer() -> None:
    run = made_up(ModelConfig(norms=()))
    (epoch,) = run.snapshot_epochs()
    snapshot = run.snapshot(epoch)
    huge = {name: np.full_like(value, 1e38) for name, value in snapshot.weights.items()}
    diverged = replace(run, snapshots={epoch: replace(snapshot, weights=huge)})
    with pytest.raises(BadInput, match=r"^The network of the run \w+ gives no answer: its numbers .*bounds.$"):
        stress(diverged)


def test_weights_that_are_damaged_after_they_were_verified_are_one_sentence(tmp_path: Path) -> None:
    folder = write(Store(tmp_path))
    run = Store(tmp_path).read(run_id(SMALL))
    assert run is not None
    stress(run)
    (folder / "tensors.safetensors").write_bytes(b"no tensors")
    with pytest.raises(NormlabError) as told:
        stress(run)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)
