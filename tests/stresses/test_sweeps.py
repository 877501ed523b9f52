"""What ships of each slider: that it is whole, of the networks that ship, and comes again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stress_kit import SHELF, SHIPPED, made_up

from normlab.choices import Dataset, Statistics
from normlab.cli import rebuild_stress
from normlab.config import ModelConfig, RunConfig
from normlab.identity import run_id
from normlab.settings import changed
from normlab.store import StoreProblem
from normlab.stresses import SETTINGS, Stress, apply, sample, sweeps
from normlab.study.results.result_files import RESULTS
from normlab.titles import title

FOLDER = SHELF / RESULTS / sweeps.FOLDER
MOST_BYTES = 400_000
DIGEST = "0" * 64


def shipped(config: RunConfig) -> sweeps.Measured:
    found = sweeps.read(config, FOLDER)
    assert found is not None, "normlab rebuild stress"
    return found


@pytest.mark.parametrize("slider", sweeps.STOPS)
def test_a_slider_has_few_stops_in_order_and_one_that_does_nothing(slider: str) -> None:
    stops = sweeps.STOPS[slider]
    assert len(stops) <= 21
    assert list(stops) == sorted({*stops})
    assert SETTINGS[slider].default in stops
    for stop in stops:
        Stress(**{slider: stop})  # is allowed


def test_everything_that_ships_is_measured_as_it_is_now() -> None:
    assert rebuild_stress.waiting(SHELF) == {}, "normlab rebuild stress"
    assert {path.name for path in FOLDER.iterdir()} == {sweeps.file_name(config) for config in sweeps.configs()}


def test_all_results_are_read_at_once() -> None:
    assert [found.config for found in sweeps.results(FOLDER)] == sweeps.configs()


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("config", sweeps.configs(), ids=title)
def test_where_a_slider_does_nothing_the_network_is_as_it_was_trained(config: RunConfig) -> None:
    measured, summary = shipped(config), SHIPPED.ended(run_id(config))
    assert summary is not None
    assert summary.record is not None
    assert summary.record.test_accuracy is not None
    for slider in ("contrast", "raw_contrast", "raw_brightness", "weight_scale"):
        curve = measured.curve(slider)
        assert curve is not None
        neutral = curve.line.stops.index(SETTINGS[slider].default)
        assert curve.right[neutral] / measured.images == pytest.approx(summary.record.test_accuracy, abs=2 / 800)
        assert curve.changed[neutral] == 0


def test_a_few_of_them_come_again() -> None:
    """With one seed: another machine may answer one image of 800 otherwise."""
    for config in sweeps.configs()[:5]:
        run = SHIPPED.read(run_id(config))
        assert run is not None
        for curve in shipped(config).curves[::4]:
            outcome = apply(run, curve.line.stresses[1])
            assert int(outcome.is_right.sum()) == pytest.approx(curve.right[1], abs=2)
            again = "".join(map(str, outcome.answers[sweeps.shown(Dataset.DIGITS)]))
            assert sum(a != b for a, b in zip(again, curve.answers[1], strict=True)) <= 1


def test_two_images_of_each_class_are_shown() -> None:
    labels = sample(Dataset.DIGITS).labels[sweeps.shown(Dataset.DIGITS)]
    assert labels.tolist() == sorted([*range(10)] * 2)


def test_each_network_is_measured_with_what_it_has() -> None:
    memory = sweeps.lines(ModelConfig())
    assert {line.base.statistics for line in memory} == {*Statistics}
    assert {line.slider for line in memory} == {*sweeps.STOPS}
    assert {line.slider for line in sweeps.lines(ModelConfig(norms=(), dropout=0))} == {
        *("contrast", "raw_contrast", "raw_brightness", "weight_scale")
    }
    assert len({*memory}) == len(memory)


def shorten(patch: pytest.MonkeyPatch) -> None:
    stops = {slider: (values[0], SETTINGS[slider].default) for slider, values in sweeps.STOPS.items()}
    patch.setattr(sweeps, "STOPS", {**stops, "draw": (0,)})


@pytest.fixture(scope="module")
def measured_once() -> sweeps.Measured:
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        return sweeps.measure(made_up(ModelConfig()), DIGEST)


@pytest.fixture
def measured(measured_once: sweeps.Measured, monkeypatch: pytest.MonkeyPatch) -> sweeps.Measured:
    """Of few stops, as long as these are all that there are."""
    shorten(monkeypatch)
    return measured_once


def test_a_result_is_read_as_it_was_written(measured: sweeps.Measured, tmp_path: Path) -> None:
    assert sweeps.read(measured.config, tmp_path) is None
    assert sweeps.write(measured, tmp_path / "new").name == "bn-seed0.json"
    assert sweeps.read(measured.config, tmp_path / "new") == measured


def test_a_result_with_other_stops_is_none(
    measured: sweeps.Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps.write(measured, tmp_path)
    monkeypatch.setattr(sweeps, "STOPS", {**sweeps.STOPS, "contrast": (0.1, 1.0)})
    assert sweeps.read(measured.config, tmp_path) is None


def without(name: str) -> Any:
    return lambda data: data.pop(name)


def spoiled(**values: object) -> Any:
    return lambda data: data["lines"][0].update(values)


@pytest.mark.parametrize(
    "spoil",
    [
        without("lines"),
        without("run_id"),
        spoiled(right=[1]),
        spoiled(right=["1", "2"]),
        spoiled(right=[801, 0]),
        spoiled(changed=[1]),
        spoiled(changed=[-1, 0]),
        spoiled(right=[True, False]),
        spoiled(base={"statistics": "mine"}),
        spoiled(base=[]),
        spoiled(answers="12"),
        lambda data: data.update(record_sha256="no"),
        lambda data: data["lines"].append(3),
        lambda data: data.update(run_id="0" * 16),
    ],
)
def test_a_damaged_result_is_one_sentence(measured: sweeps.Measured, tmp_path: Path, spoil: Any) -> None:
    path = sweeps.write(measured, tmp_path)
    data = json.loads(path.read_text())
    spoil(data)
    path.write_text(json.dumps(data))
    with pytest.raises(StoreProblem) as told:
        sweeps.read(measured.config, tmp_path)
    assert str(told.value).startswith(f"{path} holds no measurement (")
    assert str(told.value).endswith("delete it and measure it again with `normlab rebuild stress`.")


def test_what_is_no_json_is_one_sentence(measured: sweeps.Measured, tmp_path: Path) -> None:
    sweeps.write(measured, tmp_path).write_bytes(b"\xff")
    with pytest.raises(StoreProblem, match=r"delete it and measure it again with `normlab rebuild stress`\.$"):
        sweeps.read(measured.config, tmp_path)


def test_results_of_weights_that_no_longer_ship_wait_to_be_measured(
    measured: sweeps.Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = measured.config
    other = changed(config, {"seed": 1})
    entries = {run_id(one): type("Entry", (), {"record_sha256": "1" * 64})() for one in (config, other)}
    monkeypatch.setattr(rebuild_stress, "shipped", lambda shelf: entries)
    monkeypatch.setattr(sweeps, "configs", lambda: [config, other, changed(config, {"seed": 2})])
    folder = tmp_path / RESULTS / sweeps.FOLDER
    sweeps.write(measured, folder)
    assert rebuild_stress.waiting(tmp_path) == {config: "1" * 64, other: "1" * 64}
    sweeps.write(replace(measured, record_sha256="1" * 64), folder)
    assert rebuild_stress.waiting(tmp_path) == {other: "1" * 64}


def test_a_curve_counts_right_answers(measured: sweeps.Measured) -> None:
    run = made_up(ModelConfig())
    curve = measured.curve("contrast", Stress(statistics="batch"))
    assert curve is not None
    before = apply(run, Stress())
    for stress, right, changes, answers in zip(
        curve.line.stresses, curve.right, curve.changed, curve.answers, strict=True
    ):
        outcome = apply(run, stress)
        assert right == int(np.equal(outcome.answers, sample(Dataset.DIGITS).labels).sum())
        assert changes == int(np.not_equal(outcome.answers, before.answers).sum())
        assert list(answers) == [str(answer) for answer in outcome.answers[sweeps.shown(Dataset.DIGITS)]]
    assert measured.curve("test_batch") is None
