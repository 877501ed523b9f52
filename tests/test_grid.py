"""What a grid file means, and what it refuses."""

import pytest

from normlab.config import ConfigError, RunConfig
from normlab.grid import EXAMPLE, configurations
from normlab.identity import canonical, run_id
from normlab.settings import changed


def test_the_example_is_every_combination_with_the_first_seed_first() -> None:
    configs = configurations(EXAMPLE)
    assert len({run_id(config) for config in configs}) == len(configs) == 48
    assert [config.seed for config in configs] == [0] * 16 + [1] * 16 + [2] * 16
    assert {config.optim.epochs for config in configs} == {10}
    assert {config.model.norms for config in configs} == {(), ("bn",), ("ln",), ("bn", "gn")}


def test_a_grid_alone_starts_from_the_defaults() -> None:
    assert configurations("[grid]\nseed = [7, 8]") == [
        canonical(changed(RunConfig(), {"seed": seed})) for seed in (7, 8)
    ]
    assert configurations("") == [canonical(RunConfig())]
    assert configurations("[settings]\nnorms = ['bn', 'gn']")[0].model.norms == ("bn", "gn")


def test_a_data_set_brings_its_recipe_where_the_file_says_nothing() -> None:
    digits, mnist = configurations("[grid]\ndataset = ['digits', 'mnist']\n[settings]\nepochs = 2")
    assert (digits.optim.epochs, mnist.optim.epochs) == (2, 2)
    assert mnist.optim.batch_size == mnist.data.dataset.spec.recipe["batch_size"]


def test_combinations_that_mean_the_same_run_are_one() -> None:
    text = "[grid]\nl1 = [0.0]\nl1_step = ['subgradient', 'proximal']"
    assert len(configurations(text)) == len({run_id(config) for config in configurations(text)}) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeds = ", "The file is not TOML"),
        ("epochs = 3", "epochs is not known in a grid: it has seeds, [settings] and [grid]."),
        ("grid = 3", "grid must be a table"),
        ("[grid]\ndropout = 0.1", "dropout in [grid] must be a list"),
        ("[grid]\ndropout = []", "dropout in [grid] must be a list"),
        ("[grid]\ncolour = ['red']", "colour is not a setting"),
        ("[settings]\ndropout = 7", "dropout=7 must be a number from 0 to 0.9"),
        ("[grid]\nnorms = ['gn']\ngroups = [1, 4]", "groups=4 must divide the channels"),
        ("seeds = 0", "seeds=0 must be a whole number from 1"),
        ("seeds = true", "seeds=True must be a whole number from 1"),
        ("seeds = 2\n[grid]\nseed = [1]", "gives its seeds twice"),
    ],
)
def test_what_is_refused_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        configurations(text)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_setting_that_all_share_and_that_is_crossed_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"lr stands in \[settings\] and in \[grid\]"):
        configurations("[settings]\nlr = 0.1\n[grid]\nlr = [0.1, 0.2]")
