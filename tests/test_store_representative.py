"""The run that stands for an arm: a rule that is written down, and one place that keeps what it chose."""

from pathlib import Path

import pytest
import synthetic
from store_kit import SMALL, write

from normlab.identity import base, run_id
from normlab.settings import changed
from normlab.store import FolderBox, Store, representative, ship, write_manifest
from normlab.store.representative import nearest_to_median
from normlab.store.shipping import MANIFEST, read_representatives


@pytest.mark.parametrize(
    ("curves", "expected"),
    [
        ([[0.5, 0.9]], 0),
        ([[0.2, 0.9], [0.5, 0.8], [0.9, 0.7]], 1),  # the middle one, though its end is not the best
        ([[0.1, 0.1], [0.6, 0.97], [0.7, 0.98], [0.8, 0.99]], 1),  # a failed seed counts as one among others
        ([[0.4, 0.4], [0.6, 0.6]], 0),  # equally near: the first
        ([[0.9, 0.9, 0.9], [0.9], [0.9, 0.8, 0.8]], 2),  # one that broke off goes on at chance
        ([[0.1], [0.1], [0.9, 0.9]], 0),
    ],
)
def test_the_curve_nearest_to_the_pointwise_median(curves: list[list[float]], expected: int) -> None:
    assert nearest_to_median(curves) == expected


def test_an_arm_without_runs_has_no_representative() -> None:
    with pytest.raises(ValueError, match=r".+"):
        representative([])


def test_the_order_in_which_runs_are_found_does_not_matter() -> None:
    runs = [synthetic.run(changed(SMALL, {"seed": seed})) for seed in range(6)]
    assert representative(runs).run_id == representative(runs[::-1]).run_id


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two arms that ship, of six seeds and of one, where the same run records more for one seed."""
    store, shelf = Store(tmp_path / "runs", tmp_path / "shipped"), tmp_path / "shipped"
    configs = [changed(SMALL, {"seed": seed, "bn_modes": seed == 5}) for seed in range(6)]
    for config in (*configs, changed(SMALL, {"norms": (), "seed": 7})):
        ship(FolderBox(write(store, config)), shelf, history=False)
    write_manifest(shelf)
    return store


def test_the_manifest_names_the_run_that_stands_for_each_arm(store: Store, tmp_path: Path) -> None:
    runs = [run for seed in range(6) for run in [store.read(run_id(changed(SMALL, {"seed": seed})))] if run]
    chosen = representative([*runs, synthetic.run(changed(SMALL, {"seed": 5}))]).config.seed
    bare = changed(SMALL, {"norms": ()})
    assert read_representatives(tmp_path / "shipped") == {run_id(base(SMALL)): chosen, run_id(base(bare)): 7}
    assert store.representative(changed(SMALL, {"seed": 99})) == changed(SMALL, {"seed": chosen})
    assert store.representative(bare) == changed(bare, {"seed": 7})


def test_an_arm_that_does_not_ship_is_represented_by_what_was_asked_for(store: Store) -> None:
    other = changed(SMALL, {"norms": ("ln",), "seed": 3})
    assert store.representative(other) == other
    assert Store(store.root).representative(SMALL) == SMALL


def test_a_manifest_that_changes_is_read_again_and_a_damaged_one_names_nobody(store: Store, tmp_path: Path) -> None:
    asked = changed(SMALL, {"norms": (), "seed": 0})
    assert store.representative(asked).seed == 7
    (tmp_path / "shipped" / MANIFEST).write_text("{")
    assert store.representative(asked) == asked
    write_manifest(tmp_path / "shipped")
    assert store.representative(asked).seed == 7


def test_a_manifest_from_before_there_were_any_names_nobody(store: Store, tmp_path: Path) -> None:
    (tmp_path / "shipped" / MANIFEST).write_text('{"schema": 1, "runs": []}')
    assert store.representative(SMALL) == SMALL
