"""λ of the honest grids: chosen on the validation split, and kept in a file that ships."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from normlab.identity import run_id
from normlab.store import Store, StoreProblem, json_bytes, write_whole
from normlab.study.plan.grids import GridArm, Part, Strengths
from normlab.study.results import result_files

FILE = "tuned.json"
_MEND = "delete it to choose λ again"
_MADE = "made"
"""In a part's arms: with which versions, on which machine."""
_NAMES = tuple(item.name for item in fields(Strengths))


@dataclass(frozen=True, slots=True)
class Trial:
    """What a candidate came to on the validation split, mean over the tuning seeds: accuracy (share of 1), nats."""

    strengths: Strengths
    accuracy: float
    loss: float


def strengths_of(part: Part, folder: Path) -> dict[str, Strengths] | None:
    """λ of every arm: the fixed ones, or those in `folder`'s file; None if that does not have all of the part's.

    Raises:
        StoreProblem: if the file is damaged.
    """
    if not part.is_tuned:
        return part.fixed_strengths()
    known = _read(folder).get(part.name, {})
    try:
        return {arm.name: Strengths(**known[arm.name]["chosen"]) for arm in part.arms()}
    except KeyError:
        return None


def at_edge(part: Part, folder: Path) -> dict[str, str]:
    """Arms whose best λ is the "smallest" or the "largest" that was tried: a better one may lie beyond."""
    found = {}
    for arm in part.arms():
        kept = _read(folder).get(part.name, {}).get(arm.name, {}) if arm.penalty in ("l1", "l2") else {}
        values = [candidate[arm.penalty] for candidate in kept.get("candidates", ())]
        if len(values) > 1 and (chosen := kept["chosen"][arm.penalty]) in (min(values), max(values)):
            found[arm.name] = "smallest" if chosen == min(values) else "largest"
    return found


def best(trials: Iterable[Trial]) -> Trial:
    """The highest validation accuracy; of equal ones the lowest loss."""
    return max(trials, key=lambda trial: (round(trial.accuracy, 6), -trial.loss))


def trial(part: Part, arm: GridArm, strengths: Strengths, workshop: Store) -> Trial:
    """What a candidate's runs came to; one that diverged counts as accuracy 0."""
    accuracies, losses = [], []
    for seed in part.tuning_seeds:
        run = workshop.read(run_id(part.config(arm, strengths, seed)))
        assert run is not None, "its runs were trained before"
        last = run.epochs[-1].validation if run.epochs and run.status == "finished" else None
        accuracies.append(last.accuracy if last else 0.0)
        losses.append(last.loss if last else float("inf"))
    return Trial(strengths, statistics.mean(accuracies), statistics.mean(losses))


def write(part: Part, trials: Mapping[str, list[Trial]], made: Mapping[str, Any], folder: Path) -> dict[str, Strengths]:
    """Choose each arm's λ and add the part, with every candidate, to `folder`'s file."""
    chosen = {name: best(found).strengths for name, found in trials.items()}
    arms = {
        name: {"chosen": asdict(chosen[name]), "candidates": [_trial_as_json(item) for item in found]}
        for name, found in trials.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, json_bytes({**_read(folder), part.name: {**arms, _MADE: dict(made)}}))
    return chosen


def _trial_as_json(item: Trial) -> dict[str, Any]:
    loss = None if item.loss == float("inf") else round(item.loss, 5)
    return {**asdict(item.strengths), "validation_accuracy": round(item.accuracy, 5), "validation_loss": loss}


def _read(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        data = result_files.read(path, mend=_MEND)
    except FileNotFoundError:
        return {}
    for part in data.values():
        arms = [entry for name, entry in part.items() if name != _MADE] if isinstance(part, dict) else [None]
        if not all(map(_is_arm, arms)):
            raise StoreProblem(f"{path} does not say which λ was chosen among which: {_MEND}.")
    return data


def _is_arm(entry: object) -> bool:
    match entry:
        case {"chosen": chosen, "candidates": [*candidates]}:
            return all(map(_is_strengths, (chosen, *candidates))) and len(chosen) == len(_NAMES)
    return False


def _is_strengths(entry: object) -> bool:
    return isinstance(entry, dict) and all(isinstance(entry.get(name), int | float) for name in _NAMES)
