"""The settings of a run as command-line options, and the configuration that they make."""

import argparse
from collections.abc import Mapping, Sequence
from enum import EnumMeta
from pathlib import Path
from typing import get_args, get_origin

from normlab.choices import Dataset
from normlab.cli.common import Mistake, read_text
from normlab.config import RunConfig
from normlab.presets import PRESETS, Preset, with_recipe
from normlab.settings import SETTINGS, Setting, changed, from_toml

_PREFIX = "setting:"
_GROUPS = {"data": "data", "model": "network", "penalty": "penalties", "optim": "training", "": "run"}


def add_settings(options: argparse.ArgumentParser) -> None:
    """One option for every setting, and what they start from."""
    base = options.add_argument_group("where to start from")
    either = base.add_mutually_exclusive_group()
    either.add_argument("--config", type=Path, metavar="RUN.TOML", help="settings from a TOML file")
    names = "; ".join(preset.name for preset in PRESETS)
    either.add_argument("--preset", metavar="NAME", help=f"a ready configuration: {names}")
    for part, title in _GROUPS.items():
        group = options.add_argument_group(title)
        for setting in SETTINGS.values():
            if setting.part == part:
                add_setting(group, setting)


def add_setting(group: "argparse._ActionsContainer", setting: Setting) -> None:
    """An option with the name and the words of a setting; `given` reads it."""
    flag = f"--{setting.name.replace('_', '-')}"
    text = f"{setting.rule.help} {_allowed(setting)}".replace("%", "%%")
    where = _PREFIX + setting.name
    if setting.kind is bool:
        group.add_argument(
            flag, dest=where, default=argparse.SUPPRESS, help=text, action=argparse.BooleanOptionalAction
        )
    elif get_origin(setting.kind) is tuple:
        flags = [flag, flag.removesuffix("s")]
        metavar = "+".join(list(get_args(setting.kind)[0])[:2])
        group.add_argument(*flags, dest=where, default=argparse.SUPPRESS, help=text, action="append", metavar=metavar)
    else:
        metavar = {int: "N", float: "X"}.get(setting.kind, "NAME")
        group.add_argument(flag, dest=where, default=argparse.SUPPRESS, help=text, metavar=metavar)


def _allowed(setting: Setting) -> str:
    default = f"default {setting.format(setting.default)}"
    if setting.kind in (int, float):
        return f"({setting.rule.range_text()}; {default})"
    if isinstance(setting.kind, EnumMeta):
        return f"({', '.join(setting.kind)}; {default})"
    if get_origin(setting.kind) is tuple:
        none = ", or none" if setting.rule.low <= 0 else ""
        return f"(any of {', '.join(get_args(setting.kind)[0])}{none}; {default})"
    return f"({default})"


def config_from(chosen: argparse.Namespace) -> RunConfig:
    """The configuration that the options mean; a data set brings its recipe unless a file or preset is the start.

    Raises:
        ConfigError: for a setting that is refused.
        Mistake: for a file or preset that is not there.
    """
    values = given(chosen, SETTINGS)
    if chosen.config is not None:
        base = from_toml(read_text(chosen.config))
    elif chosen.preset is not None:
        base = preset(chosen.preset).config()
    else:
        base = RunConfig()
        if values.get("dataset") in set(Dataset):
            base = with_recipe(base, Dataset(str(values["dataset"])))
    return changed(base, values)


def given(chosen: argparse.Namespace, settings: Mapping[str, Setting]) -> dict[str, object]:
    """The values of the settings that were given. Raises `ConfigError` for a text that spells none."""
    options = vars(chosen).items()
    texts = {name.removeprefix(_PREFIX): value for name, value in options if name.startswith(_PREFIX)}
    return {name: _value(settings[name], value) for name, value in texts.items()}


def _value(setting: Setting, given: str | bool | Sequence[str]) -> object:
    if isinstance(given, bool):
        return given
    return setting.parse(given if isinstance(given, str) else "+".join(given))


def preset(name: str) -> Preset:
    """The preset of that name, or of as much of its beginning as is unique. Raises `Mistake`."""
    exact = [preset for preset in PRESETS if preset.name.casefold() == name.casefold()]
    begun = [preset for preset in PRESETS if preset.name.casefold().startswith(name.casefold())]
    for found in (exact, begun):
        if len(found) == 1:
            return found[0]
    names = ", ".join(f'"{preset.name}"' for preset in PRESETS)
    raise Mistake(f"There is no preset {name!r}; choose one of {names}.")
