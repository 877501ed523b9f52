"""A stress is answered while one looks: the promise about time."""

import time

import pytest
from stress_kit import shipped

from normlab.presets import SINGLE_NORMS
from normlab.stresses import Stress, apply


@pytest.mark.alone
@pytest.mark.parametrize("stress", [Stress(contrast=0.5), Stress(weight_scale=0.5, statistics="batch", test_batch=256)])
def test_five_networks_answer_800_images_in_less_than_600_milliseconds_of_one_core(stress: Stress) -> None:
    runs = [shipped(norms=norms) for norms in SINGLE_NORMS]
    times = []
    for _ in range(5):
        start = time.process_time()
        for run in runs:
            apply(run, stress)
        times.append(time.process_time() - start)
    assert min(times) < 0.6
