"""A configuration as flat named settings, and as text: URL query, TOML, command-line words.

Every setting has one name that is unique over all parts, e.g. `dropout`, `l1`, `epochs`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any, get_origin

from normlab import numerals, toml
from normlab.config import ConfigError, DataConfig, ModelConfig, OptimConfig, PenaltyConfig, RunConfig
from normlab.rules import Rule

SCHEMA = 1
"""Version of the settings' meaning. Within a version no default changes, so a new setting orphans no run."""

VERSION_KEY = "v"
_PARTS = {"data": DataConfig, "model": ModelConfig, "penalty": PenaltyConfig, "optim": OptimConfig}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, the part of the configuration it belongs to ("" for the run itself), its type and rule."""

    name: str
    part: str
    kind: Any
    default: Any
    rule: Rule

    def parse(self, text: str) -> object:
        """The value that `text` spells.

        Raises:
            ConfigError: if it spells none of this setting's type.
        """
        word = text.strip().lower()
        if self.kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(word, text)
        if get_origin(self.kind) is tuple:
            return () if word in ("", "none") else tuple(filter(None, re.split(r"[\s,+]+", word)))
        if self.kind in (int, float):
            value = numerals.read_whole(text) if self.kind is int else numerals.read(text)
            if value is None:
                what = "a whole number" if self.kind is int else "a number"
                raise ConfigError(
                    self.name, f"{self.name}={numerals.cut(text)} must be {what} {self.rule.range_text()}."
                )
            return value
        return re.sub(r"[\s_]+", "-", word)

    def format(self, value: Any) -> str:
        if self.kind is bool:
            return "true" if value else "false"
        if get_origin(self.kind) is tuple:
            return "+".join(value) or "none"
        return numerals.exact(value) if self.kind is float else str(value)


def _setting(part: str, item: "Field[Any]") -> Setting:
    return Setting(item.name, part, item.type, item.default, item.metadata["rule"])


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        *(_setting(part, item) for part, cls in _PARTS.items() for item in fields(cls)),
        *(_setting("", item) for item in fields(RunConfig) if item.name not in _PARTS),
    )
}


def flat(config: RunConfig) -> dict[str, Any]:
    """All settings by name."""
    return {s.name: getattr(getattr(config, s.part) if s.part else config, s.name) for s in SETTINGS.values()}


def differences(config: RunConfig) -> dict[str, Any]:
    """The settings that differ from their defaults."""
    return {name: value for name, value in flat(config).items() if value != SETTINGS[name].default}


def changed(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """`config` with some settings replaced.

    Raises:
        ConfigError: for an unknown name, a value against its rule, or values that contradict each other.
    """
    for name in values:
        if name not in SETTINGS:
            raise ConfigError(name, f"{name} is not a setting; known are {', '.join(SETTINGS)}.")
    parts: dict[str, Any] = {
        part: replace(getattr(config, part), **{n: v for n, v in values.items() if SETTINGS[n].part == part})
        for part in _PARTS
    }
    return replace(config, **parts, **{n: v for n, v in values.items() if not SETTINGS[n].part})


def accepted(base: RunConfig, values: Mapping[str, Any]) -> tuple[RunConfig, list[ConfigError]]:
    """Apply as many of `values` as fit together, and return what was refused, each with its reason.

    Settings are tried until none of the rest fits, in the order of `SETTINGS`: theirs in `values` does not matter.
    """
    config, waiting = base, {name: values[name] for name in sorted(values, key=[*SETTINGS].index)}
    refused: dict[str, ConfigError] = {}
    try:
        return changed(base, values), []
    except ConfigError:
        pass  # some do not fit: find out which, one at a time
    progress = True
    while waiting and progress:
        progress = False
        for name, value in list(waiting.items()):
            try:
                config = changed(config, {name: value})
            except ConfigError as error:
                refused[name] = error
            else:
                del waiting[name]
                refused.pop(name, None)
                progress = True
    return config, list(refused.values())


def one_each(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[ConfigError]]:
    """One text a name, the last; and an error for each name that has several, or an empty one, which is left out."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        given = texts.setdefault(name.strip().lower(), [])
        given += [text.strip()] if text.strip() else []
    wrong = [ConfigError(name, f"{name}= is empty; it was ignored.") for name, given in texts.items() if not given]
    for name, given in texts.items():
        if len(set(given)) > 1:
            times = "twice" if len(given) == 2 else f"{len(given)} times"
            message = f"{name} is given {times}; its last value, {numerals.cut(given[-1])}, was taken."
            wrong.append(ConfigError(name, message))
    return {name: given[-1] for name, given in texts.items() if given}, wrong


def from_query(query: Mapping[str, str], base: RunConfig | None = None) -> tuple[RunConfig, list[ConfigError]]:
    """Read a URL's query. Whatever is refused keeps its value in `base` and is named in the list."""
    base = base or RunConfig()
    values: dict[str, object] = {}
    refused: list[ConfigError] = []
    version = query.get(VERSION_KEY, str(SCHEMA))
    if version != str(SCHEMA):
        message = (
            f"{VERSION_KEY}={version}: this link was made for another version; this normlab reads version {SCHEMA}."
        )
        return base, [ConfigError(VERSION_KEY, message)]
    for name, text in query.items():
        if name == VERSION_KEY:
            continue
        try:
            if name not in SETTINGS:
                raise ConfigError(name, f"{name}={text}: there is no such setting; it was ignored.")
            values[name] = SETTINGS[name].parse(text)
        except ConfigError as error:
            refused.append(error)
    config, contradictions = accepted(base, values)
    return config, refused + contradictions


def to_query(config: RunConfig, *, every: bool = False) -> dict[str, str]:
    """A URL's query: what differs from the defaults, or with `every` all settings and the version."""
    chosen = flat(config) if every else differences(config)
    query = {name: SETTINGS[name].format(value) for name, value in chosen.items()}
    return {VERSION_KEY: str(SCHEMA), **query} if every else query


def from_toml(text: str, base: RunConfig | None = None) -> RunConfig:
    """Read `name = value` lines; tables (`[model]`) may group them.

    Raises:
        ConfigError: if the text is not TOML, or a setting is refused.
    """
    content = toml.load(text, "config")
    values: dict[str, object] = {}
    for name, value in content.items():
        for key, one in value.items() if isinstance(value, dict) else ((name, value),):
            if key in values:
                raise ConfigError(key, f"{key} stands in the file twice; keep one of them.")
            values[key] = one
    if values.pop("schema", SCHEMA) != SCHEMA:
        raise ConfigError("schema", f"The file is for another version; this normlab reads schema = {SCHEMA}.")
    return changed(base or RunConfig(), values)


def to_toml(config: RunConfig) -> str:
    """Every setting, grouped by part; `from_toml` reads it back."""
    values = flat(config)
    lines = [f"schema = {SCHEMA}"]
    for part in ("", *_PARTS):
        lines += ["", f"[{part}]"] if part else []
        lines += [f"{s.name} = {_toml(values[s.name])}" for s in SETTINGS.values() if s.part == part]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _list(value)
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
