"""A grid of runs in a TOML file: the settings that all share, and lists of values to cross."""

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

from normlab import toml
from normlab.choices import Dataset
from normlab.config import ConfigError, RunConfig
from normlab.identity import canonical, run_id
from normlab.presets import with_recipe
from normlab.settings import SETTINGS, changed

MOST_RUNS = 10_000
"""Of one grid or lesson."""
EXAMPLE = """\
# 3 seeds x 4 norms x 2 dropouts x 2 penalties = 48 runs
seeds = 3                             # 0, 1, 2; or list them in the grid: seed = [7, 8]

[settings]                            # what all runs share; the rest has its defaults
dataset = "digits"
epochs = 10

[grid]                                # every combination of these is a run
norms = ["none", "bn", "ln", "bn+gn"]
dropout = [0.0, 0.05]
l2 = [0.0, 1e-3]
"""


def configurations(text: str) -> list[RunConfig]:
    """Every combination once, those of the first seed first, so that an interrupted sweep has every arm once.

    A data set brings its recipe (learning rate, batch size, epochs) where the file does not give them.

    Raises:
        ConfigError: if the text is not TOML, or something in it is refused.
    """
    content = toml.load(text, "grid")
    for name in content:
        if name not in ("seeds", "settings", "grid"):
            raise ConfigError(name, f"{name} is not known in a grid: it has seeds, [settings] and [grid].")
    shared, axes = _table(content, "settings"), dict(_table(content, "grid"))
    for name in shared.keys() & axes.keys():
        raise ConfigError(name, f"{name} stands in [settings] and in [grid]; keep one of them.")
    if "seeds" in content:
        axes = {"seed": _seeds(content["seeds"], axes), **axes}
    for name, values in axes.items():
        if not isinstance(values, list) or not values:
            raise ConfigError(name, f"{name} in [grid] must be a list with the values to try, e.g. [0.0, 0.05].")
    if (number := math.prod(len(values) for values in axes.values())) > MOST_RUNS:
        raise ConfigError(
            "grid", f"The grid has {number:,} combinations; at most {MOST_RUNS:,} are trained: give fewer."
        )
    found = {}
    for values in product(*axes.values()):
        config = _config({**shared, **dict(zip(axes, values, strict=True))})
        found[run_id(config)] = canonical(config)
    return list(found.values())


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(name, f"{name} must be a table: a line [{name}], and below it lines like dropout = ...")
    return table


def _seeds(number: Any, axes: Mapping[str, Any]) -> list[int]:
    if "seed" in axes:
        raise ConfigError("seeds", "The grid gives its seeds twice: keep seeds = ... or seed = [...].")
    if type(number) is not int or not 1 <= number <= MOST_RUNS:
        what = f"a whole number from 1 to {MOST_RUNS:,}: how many there are, from 0"
        raise ConfigError("seeds", f"seeds={number} must be {what}.")
    return list(range(number))


def _config(values: Mapping[str, Any]) -> RunConfig:
    parsed = {name: _value(name, value) for name, value in values.items()}
    base = RunConfig()
    if parsed.get("dataset") in set(Dataset):
        base = with_recipe(base, Dataset(str(parsed["dataset"])))
    return changed(base, parsed)


def _value(name: str, value: Any) -> Any:
    """As on the command line, "bn+gn" may stand for a list."""
    return SETTINGS[name].parse(value) if name in SETTINGS and isinstance(value, str) else value
