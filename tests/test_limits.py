"""The limits of an installation: where they come from, and what they say."""

from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.limits import UNLIMITED, Limits, LimitsProblem, read
from normlab.presets import PRESETS
from normlab.settings import changed

HOSTED = Path(__file__).parents[1] / "hosting" / "limits.toml"
CONFIG = RunConfig()


def test_the_limits_that_ship_allow_every_preset() -> None:
    limits = read({})
    assert all(not limits.exceeded(preset.config()) for preset in PRESETS)
    assert limits.store_megabytes > 0


def test_the_limits_for_hosting_name_all_of_them_and_allow_every_recipe() -> None:
    limits = read({"NORMLAB_LIMITS": str(HOSTED)})
    assert all(f"\n{item.name} = " in HOSTED.read_text(encoding="utf-8") for item in fields(Limits))
    for dataset, recipe in ((one, one.spec.recipe) for one in Dataset):
        assert not limits.exceeded(changed(CONFIG, {"dataset": dataset, **recipe}))


def test_a_file_may_name_some_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("epochs = 20\nwaiting = 7\n", encoding="utf-8")
    found = read({"NORMLAB_LIMITS": str(file), "NORMLAB_LIMIT_EPOCHS": "5", "NORMLAB_LIMIT_STEPS": ""})
    assert found == replace(read({}), epochs=5, waiting=7)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("epoch = 3", "there is no limit epoch"),
        ("epochs = -1", "epochs=-1 must be a whole number"),
        ("epochs = true", "epochs=True must be a whole number"),
        ("epochs = 2.5", "epochs=2.5 must be a whole number"),
        ("epochs = ", "The file is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LimitsProblem, match=told):
        read({"NORMLAB_LIMITS": str(file)})


def test_a_file_that_is_not_there_limits_nothing_silently(tmp_path: Path) -> None:
    with pytest.raises(LimitsProblem, match="cannot be read"):
        read({"NORMLAB_LIMITS": str(tmp_path / "missing.toml")})
    with pytest.raises(LimitsProblem, match="NORMLAB_LIMIT_EPOCHS"):
        read({"NORMLAB_LIMIT_EPOCHS": "many"})
    for text in ("-1", "2.5", "1,000", "٣", "9" * 5_000):
        with pytest.raises(LimitsProblem, match=r"NORMLAB_LIMIT_EPOCHS: epochs=\S{1,41} must be a whole number"):
            read({"NORMLAB_LIMIT_EPOCHS": text})
    with pytest.raises(LimitsProblem, match="there is no limit epoch;"):
        read({"NORMLAB_LIMIT_EPOCH": "3"})


def test_each_limit_of_a_run_is_told_with_its_number_and_its_remedy() -> None:
    images, steps = CONFIG.data.training_images, CONFIG.steps
    for name, value in (("epochs", CONFIG.optim.epochs), ("training_images", images), ("steps", steps)):
        assert not replace(UNLIMITED, **{name: value}).exceeded(CONFIG)
        told = replace(UNLIMITED, **{name: value - 1}).exceeded(CONFIG)
        assert f"{value - 1:,}" in told
        assert "choose fewer" in told
    both = replace(UNLIMITED, epochs=1, steps=2).exceeded(CONFIG)
    assert "(at most 1)" in both
    assert "(at most 2)" in both
    assert both.count(".") == 1


def test_zero_is_no_limit() -> None:
    huge = changed(CONFIG, {"dataset": "mnist", "epochs": 200, "batch_size": 2})
    assert not UNLIMITED.exceeded(huge)
    assert not UNLIMITED.crowded(10_000, 100_000)
    assert set(asdict(UNLIMITED).values()) == {0}


def test_a_full_queue_says_whose_runs_are_too_many() -> None:
    limits = replace(UNLIMITED, waiting_per_session=2, waiting=5)
    assert not limits.crowded(2, 4)
    assert not limits.crowded(1, 5)
    assert "one visitor" in limits.crowded(3, 4)
    assert "no run waiting" in limits.crowded(2, 5)
    assert "As many runs are waiting" in limits.crowded(1, 6)
