"""`normlab prepare`: tomorrow's runs, trained and verified in advance, with their links for the room."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from normlab import toml
from normlab.choices import Dataset
from normlab.cli.common import Mistake, add_json, percent, print_json, read_text, whole
from normlab.cli.options import preset
from normlab.cli.sweep import tell_failures, watched
from normlab.cli.verify import verdict_on
from normlab.config import RunConfig
from normlab.grid import MOST_RUNS
from normlab.identity import run_id
from normlab.presets import with_recipe
from normlab.settings import changed, from_query, to_query
from normlab.store import Store
from normlab.titles import title
from normlab.web import reach

EXAMPLE = """\
    [[run]]
    title = "The default, three seeds"
    seeds = [0, 1, 2]

    [[run]]
    title = "Without a norm"
    norms = []

    [[run]]
    preset = "LayerNorm + L2"

    [[run]]
    title = "From the page"
    link = "http://localhost:8501/?norms=gn&l1=0.001"
"""
DESCRIPTION = f"""\
Train the runs of a lesson in advance, or verify those that are there; print a link to each, with the address of this
machine in the room's network. It goes on where it stopped, and the store keeps these runs for two weeks even if it is
full. Each run has settings, or a preset or link to start from. The exit code is 1 if a run failed. A file:

{EXAMPLE}"""
_KEEP_SECONDS = 14 * 86_400.0


@dataclass(frozen=True, slots=True)
class Item:
    """A run of the lesson, and what the teacher calls it."""

    title: str
    config: RunConfig


def add_options(options: argparse.ArgumentParser) -> None:
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("file", type=Path, metavar="FILE.TOML", help="the lesson's runs")
    options.add_argument("--address", metavar="NAME", help="this machine's name or address in the room's network")
    options.add_argument("--port", type=whole(1, 65_535), default=8501, metavar="N", help="the app's port (8501)")
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    items = lesson(read_text(chosen.file))
    store = Store.open()
    if store.notice:
        print(f"normlab: {store.notice}", file=sys.stderr)
    outcomes = list(watched(list(dict.fromkeys(item.config for item in items)), store))
    base = f"http://{chosen.address or reach.outward()}:{chosen.port}/"
    facts = [_facts(item, store, base) for item in items]
    if chosen.json:
        print_json({"address": base, "runs": facts})
    else:
        _print(facts, base)
    tell_failures(outcomes)
    has_failed = any(outcome.status is None for outcome in outcomes)
    return 1 if has_failed or any(fact["result"] == "failed" for fact in facts) else 0


def lesson(text: str) -> list[Item]:
    """The runs that a lesson's file names, in its order.

    Raises:
        Mistake: if it is no such file.
        ConfigError: for a setting that is refused.
    """
    content = toml.load(text, "lesson")
    tables = content.pop("run", None)
    if content or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise Mistake("The file must hold [[run]] tables and nothing else: `normlab prepare --help` shows one.")
    items = [item for table in tables for item in _items(table)]
    if len(items) > MOST_RUNS:
        raise Mistake(f"The file has {len(items):,} runs; at most {MOST_RUNS:,} are trained: give fewer.")
    return items


def _items(table: Mapping[str, Any]) -> list[Item]:
    values = dict(table)
    name, seeds = values.pop("title", ""), values.pop("seeds", None)
    config = changed(_start(values), values)
    configs = [config] if seeds is None else [changed(config, {"seed": seed}) for seed in _listed(seeds)]
    return [Item(_named(str(name), config, len(configs)), config) for config in configs]


def _listed(seeds: object) -> list[object]:
    if not isinstance(seeds, list) or not seeds:
        raise Mistake(f"seeds = {seeds} must be a list of whole numbers.")
    return seeds


def _named(name: str, config: RunConfig, among: int) -> str:
    if not name:
        return title(config)
    return f"{name} · seed {config.seed}" if among > 1 else name


def _start(values: dict[str, Any]) -> RunConfig:
    """What the table starts from; takes `preset` and `link` out of its values."""
    ready, link = values.pop("preset", None), values.pop("link", None)
    if ready is not None and link is not None:
        raise Mistake("A run starts from a preset or from a link, not from both.")
    if ready is not None:
        return preset(str(ready)).config()
    if link is not None:
        config, refused = from_query(dict(parse_qsl(urlsplit(str(link)).query, keep_blank_values=True)))
        if refused:
            raise Mistake(f"The link {link} cannot be used: {refused[0]}")
        return config
    dataset = values.get("dataset")
    return with_recipe(RunConfig(), Dataset(dataset)) if dataset in set(Dataset) else RunConfig()


def _facts(item: Item, store: Store, base: str) -> dict[str, Any]:
    name = run_id(item.config)
    store.keep(name, _KEEP_SECONDS)
    verdict = verdict_on(store, name)
    found = store.read(name)
    return {
        "title": item.title,
        "run_id": name,
        "result": verdict.result,
        "text": verdict.text,
        "test_accuracy": found.record.test_accuracy if found and found.record else None,
        "link": f"{base}?{urlencode(to_query(item.config, every=True))}",
    }


def _print(facts: Sequence[Mapping[str, Any]], base: str) -> None:
    for fact in facts:
        score = percent(fact["test_accuracy"])
        reason = f" ({fact['text']})" if fact["result"] == "failed" else ""
        print(f"{fact['title']}: {fact['result']}, test accuracy {score}{reason}\n  {fact['link']}")
    print(f"\nThe room opens {base} while the app runs on this machine (`make run`).")
