"""How many threads a run gets when it starts."""

import pytest

from normlab.engine.capacity import Capacity


@pytest.mark.parametrize(
    ("cores", "crowd", "executing", "workers", "threads"),
    [
        (2, 1, [], 1, 2),  # a lone run has all cores
        (2, 5, [], 1, 2),  # others wait, but no worker is there to share the cores with
        (2, 1, [], 2, 2),
        (2, 2, [], 2, 1),  # two start side by side
        (2, 2, [1], 2, 1),
        (2, 2, [2], 2, 0),  # a lone run is there: the next one waits for its cores
        (2, 4, [1, 1], 4, 1),  # single-threaded runs may be more than the cores
        (1, 2, [1], 2, 1),
        (8, 1, [], 2, 2),  # the network is small
        (8, 2, [2], 2, 2),
        (4, 3, [], 2, 2),
        (4, 2, [4], 2, 0),
    ],
)
def test_the_cores_are_shared(cores: int, crowd: int, executing: list[int], workers: int, threads: int) -> None:
    assert Capacity(workers, cores).share(crowd, executing, workers) == threads


def test_a_fixed_number_is_every_runs() -> None:
    assert Capacity(2, 2, threads=1).share(1, [], 2) == 1
    assert Capacity(2, 2, threads=1).share(2, [2], 2) == 1
