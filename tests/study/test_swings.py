"""What carries the swing: measured around the trend, and told apart from whether a prediction came true."""

import math
import random
import statistics
from pathlib import Path

import pytest
import study_kit as kit

from normlab.study.claims.carriers import Carries, carriers, verdict
from normlab.study.results.measured import Results, of_store
from normlab.study.results.mechanisms import Share, rows
from normlab.study.results.quantities import swing
from normlab.study.texts import swings
from normlab.study.texts.pictures import shares_frame


def test_a_trend_is_no_swing() -> None:
    assert swing([50.0, 60.0, 70.0, 80.0, 90.0]) == 0
    assert swing([99.0] * 5) == 0
    assert swing([1.0, 2.0]) is None


def test_the_swing_of_noise_is_its_standard_deviation_whatever_the_trend() -> None:
    draw = random.Random(3)
    noise = [draw.gauss(0, 5) for _ in range(4000)]
    rising = [value + 90 * (1 - math.exp(-at / 800)) for at, value in enumerate(noise)]
    assert swing(noise) == pytest.approx(5, rel=0.05)
    assert swing(rising) == pytest.approx(5, rel=0.05)
    assert statistics.pstdev(rising) > 15, "the spread over the epochs holds the trend"


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        ((0.95, 0.94, 0.95), Carries.ALL),
        ((0.87, 0.95, 0.95), Carries.PART),
        ((0.61, 0.69, 0.68), Carries.PART),
        ((0.13, 0.26, 0.39), Carries.PART),
        ((-0.04, 0.09, -0.24), Carries.NONE),
        ((-0.78, -0.98, -0.99), Carries.WORSE),
        ((0.02, 0.50, 0.60), Carries.OPEN),
    ],
)
def test_a_mechanism_carries_what_every_seed_says(seeds: tuple[float, ...], expected: Carries) -> None:
    """The mechanisms' own shares, as they were measured in November 2026."""
    assert verdict(Share(statistics.fmean(seeds), min(seeds), max(seeds))) is expected


def test_what_is_not_measured_has_no_verdict() -> None:
    assert verdict(None) is Carries.NOT_MEASURED


@pytest.fixture
def results(tmp_path: Path) -> Results:
    deficits = {"base": 20.0, "group-norm": 0.0, "momentum-0.01": 35.0, "projected": 20.1, "weights-scope": 12.0}
    kit.write_mechanisms(tmp_path, deficits)
    return of_store([], lambda name: None, tmp_path)


def test_verdicts_say_what_happened_to_the_mechanism(results: Results) -> None:
    told = {one.mechanism.name: one.text for one in carriers(results)}
    assert told["Memory is too noisy"].startswith("does not: without it the drop is worse: −7")
    assert told["Shrinking weights turn fast"].startswith("does not carry it")
    assert told["L1 on the convolutions"] == "carries part of it: 61 % (61 to 62)", "L1 on them alone leaves so much"
    assert told["Memory lags behind the weights"] == "carries it: 95 %"
    assert told["Augmentation and dropout"] == "not measured"


def test_group_norm_has_no_deficit_to_remove_and_is_in_no_chart(results: Results) -> None:
    known = {row.name: row for row in rows(results)}
    assert known["group-norm"].removes is None
    assert known["momentum-0.01"].removes is not None
    assert not any("Group" in name for name in shares_frame(carriers(results))["mechanism"])
    assert "no deficit by definition. Its own accuracy is 93" in " ".join(swings.insights(results))


def test_the_share_of_a_swing_is_one_of_variances(results: Results) -> None:
    (whole,) = [one.share for one in carriers(results) if one.mechanism.name == "The remembered statistics"]
    (row,) = [row for row in rows(results) if row.name == "base"]
    assert whole is not None
    assert whole.mean == pytest.approx(1 - (row.batch_swing / row.swing) ** 2, abs=0.01)
    assert "of the swing's variance" in swings.headline(results)


def test_depth_is_told_block_by_block(results: Results) -> None:
    (told,) = [text for text in swings.insights(results) if "Depth" in text]
    assert "block 6 alone give back 30 %" in told
    assert "5, 10, 15, 20, 25, 30 %." in told
    assert "The shares overlap: they add up to more than 100 %." in told
