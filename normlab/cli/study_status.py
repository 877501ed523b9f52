"""What `normlab study --status` tells: what ships of the study, what remains, and how long that takes."""

from pathlib import Path

from normlab.cli.common import print_json, print_table
from normlab.identity import run_id
from normlab.numerals import duration
from normlab.store import Store
from normlab.study.plan import grids, mechanisms
from normlab.study.results import result_files
from normlab.study.results.progress import PartStatus, known_pace, megabytes, part_status, versions
from normlab.study.results.result_files import RESULTS

_LIMIT = 100
"""Megabytes that all that ships may take."""


def tell(store: Store, shelf: Path, *, as_json: bool) -> None:
    """Print what ships of each part, what remains, and with which versions it was made."""
    speed = known_pace(store)
    states = [part_status(part, shelf, speed) for part in grids.PARTS]
    records = {run.run_id: run for run in Store(store.root / "none", shelf).list()}
    measured = {item.file_name for item, _ in result_files.measurements(shelf / RESULTS / mechanisms.FOLDER)}
    if as_json:
        print_json(
            {
                "megabytes": round(megabytes(shelf), 2),
                "parts": [_as_json(state) for state in states],
                "mechanisms": {"measured": sorted(measured), "planned": len(mechanisms.measurements())},
                "versions": versions(list(records.values())),
                "results_sha256": {
                    f"{RESULTS}/{name}": digest for name, digest in result_files.hashes(shelf / RESULTS).items()
                },
            }
        )
        return
    rows = [
        (
            state.part.name,
            f"{len(state.shipped)} of {state.part.size()}",
            _seeds(state),
            "ready" if state.strengths else "to be chosen",
            duration(state.seconds) if state.seconds else "nothing",
        )
        for state in states
    ]
    print_table(("part", "runs that ship", "seeds of all arms", "λ", "remains, on one core"), rows)
    print(f"\nMechanisms: {len(measured)} of {len(mechanisms.measurements())} measurements are there.")
    for line in versions([records[name] for state in states for name in state.shipped if name in records]):
        print(f"Trained with {line}.")
    print(f"{shelf} takes {megabytes(shelf):.1f} of at most {_LIMIT} MB. --json lists every run's hash.")


def _seeds(state: PartStatus) -> str:
    """The seeds of which every arm ships: "0 to 3", or "none"."""
    if state.strengths is None:
        return "none"
    part, strengths = state.part, state.strengths
    full = [
        seed
        for seed in part.seeds
        if all(run_id(part.config(arm, strengths[arm.name], seed)) in state.shipped for arm in part.arms())
    ]
    return ", ".join(map(str, full)) or "none"


def _as_json(state: PartStatus) -> dict[str, object]:
    return {
        "part": state.part.name,
        "title": state.part.title,
        "planned": state.part.size(),
        "is_lambda_chosen": state.strengths is not None,
        "remaining": state.remaining,
        "remaining_seconds": round(state.seconds),
        "shipped": {name: {"title": e.title, "sha256": e.record_sha256} for name, e in state.shipped.items()},
    }
