"""Events and records survive JSON; what is no event is refused."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from normlab.record import (
    Account,
    Ended,
    EpochEnd,
    Event,
    Floats,
    Histogram,
    LayerStats,
    ModeScores,
    NormState,
    RunRecord,
    Score,
    StageStats,
    Started,
    Status,
    StepEnd,
    WeightStats,
)
from normlab.record_json import event_from_json, event_to_json, record_from_json, record_to_json


def channels(seed: int, count: int = 16) -> Floats:
    return np.random.default_rng(seed).normal(size=count).astype(np.float32)


def layer(seed: int) -> LayerStats:
    stages = tuple(
        StageStats(
            stage, channels(seed), np.abs(channels(seed + 1)), channels(seed + 2), Histogram(-1.5, 2.25, channels(3))
        )
        for stage in ("relu", "bn")
    )
    state = NormState("bn", channels(4), channels(5), channels(6), None)
    return LayerStats("block1", WeightStats(2.5, 0.0, 0.125, 1e-7), stages, (state,))


EPOCH = EpochEnd(
    1, 25, 0.1, Score(1.5, 0.5), 0.25, Score(1.25, 0.625), None, Score(1.0, 0.75), 2.5, (layer(0), layer(9)), None,
    (Account("block1.conv.weight", 2.5, 0.001, 0.00125, 0.0625, 0.25, 0.0, 0.5),),
)  # fmt: skip
STARTED = Started(375, 15, 9958, 2, "2 cores", {"torch": "2.9"}, 3, "znver4 avx2")
RECORD = RunRecord(
    1, "0123456789abcdef", "a1", Status.FINISHED, "", "2026-01-01T00:00:00+00:00", 2.5, 15, 9958, 2,
    "2 cores", {"torch": "2.9"}, 0.99, None, 0.97, {"config.json": "00"}, 3, "znver4 avx2",
)  # fmt: skip
EVENTS: list[Event] = [
    STARTED,
    StepEnd(3, 1, 0.1, 2.25, 0.0, 0.125, 0.5),
    EPOCH,
    Ended(Status.DIVERGED, "The loss became NaN."),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_json(event: Event) -> None:
    again = event_from_json(json.loads(json.dumps(event_to_json(event), allow_nan=False)))
    assert type(again) is type(event)
    assert event_to_json(again) == event_to_json(event)
    if not isinstance(event, EpochEnd):
        assert again == event


def test_layer_statistics_keep_three_digits() -> None:
    again = event_from_json(event_to_json(EPOCH))
    assert isinstance(again, EpochEnd)
    for before, after in zip(EPOCH.layers, again.layers, strict=True):
        np.testing.assert_allclose(after.stages[1].std, before.stages[1].std, rtol=1e-3)
        np.testing.assert_allclose(after.norms[0].gamma, before.norms[0].gamma, rtol=1e-3)
        assert after.norms[0].running_std is None
        assert after.weights == before.weights


def test_an_epoch_without_modes_is_written_and_read_as_before_there_were_any() -> None:
    data = event_to_json(EPOCH)
    assert "modes" not in data
    again = event_from_json(data)
    assert isinstance(again, EpochEnd)
    assert again.modes is None
    recorded = replace(EPOCH, modes=ModeScores(Score(0.5, 0.875), Score(0.25, 0.9375)))
    read = event_from_json(json.loads(json.dumps(event_to_json(recorded))))
    assert isinstance(read, EpochEnd)
    assert read.modes == recorded.modes


def test_numbers_keep_six_digits() -> None:
    step = event_to_json(StepEnd(1, 1, 0.1234567, 1 / 3, 0, 2 / 3, 1e-9))
    assert (step["lr"], step["data_loss"], step["seconds"]) == (0.123457, 0.333333, 1e-9)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"event": "unheard-of"},
        {"event": "ended", "status": "perhaps"},
        {"event": "ended", "status": "finished", "reason": "", "more": 1},
        {**event_to_json(EVENTS[1]), "step": "x"},
        {**event_to_json(EPOCH), "layers": "not compressed"},
        {**event_to_json(EPOCH), "train": None},
    ],
)
def test_what_is_no_event_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        event_from_json(data)


def test_a_record_survives_json() -> None:
    assert record_from_json(json.loads(json.dumps(record_to_json(RECORD)))) == RECORD
    with pytest.raises(ValueError, match="seconds"):
        record_from_json({**record_to_json(RECORD), "seconds": "long"})


def test_what_was_written_before_generations_has_none() -> None:
    started, record = event_to_json(STARTED), record_to_json(RECORD)
    for data in (started, record):
        assert (data.pop("generation"), data.pop("processor")) == (3, "znver4 avx2")
    assert event_from_json(started) == replace(STARTED, generation=0, processor="")
    assert record_from_json(record) == replace(RECORD, generation=0, processor="")
