"""A stored run is had again from its own weights."""

import pytest

from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store
from normlab.training.recompute import check


def test_a_diverged_run_is_checked_where_its_network_was_kept_last() -> None:
    run = Store.open().read(run_id(changed(RunConfig(), {"norms": (), "lr": 1.0, "seed": 4})))
    assert run is not None
    assert run.record is not None
    assert run.status is Status.DIVERGED
    kept = run.snapshot_epochs()[-1]
    assert kept < run.record.epochs
    then = next(end.test.accuracy for end in run.epochs if end.epoch == kept)
    assert then != run.record.test_accuracy
    assert check(run) == pytest.approx(then)
