"""The folder of runs that ship, as a whole: which run belongs to which part, of which origin it is, what ships whole.

A part is compared within itself, so its runs are of one kind of machine. What is from before generations were counted
is of no known kind, and may stand beside others until it is trained again.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from normlab.cli.common import Mistake
from normlab.config import RunConfig
from normlab.generation import difference
from normlab.identity import base, run_id
from normlab.store import FolderBox, Run, Store, named, put_into_packs, ship, write_manifest
from normlab.study.plan import grids
from normlab.study.results import tuning
from normlab.study.results.result_files import RESULTS

PAGE, LESSON, RACE, LESSONS = "page", "lesson", "race", "lessons"
"""The names of the runs on digits that `normlab rebuild` makes; the others are the study's parts.

`page` are those that pages, links and documents show by themselves: around the run that opens the page, and those that
stand for the arms of the presets and of docs/teachers.md. `lesson` is a grid, `lessons` what the questions of
`normlab.lessons` are decided by.
"""


def only(shelf: Path) -> Store:
    """What ships, and nothing that was trained here."""
    return Store(shelf / "no runs of its own", shelf)


def opening_seed(shelf: Path) -> int:
    """That of the run which stands for the default settings; 0 as long as none does."""
    return only(shelf).representative(RunConfig()).seed


def parts(shelf: Path) -> Mapping[str, Sequence[RunConfig]]:
    """Every part's runs; of a part of the study whose λ is not chosen, none. Parts may share runs."""
    from normlab.study.plan import digits

    shown = [only(shelf).representative(config) for config in digits.SHOWN]
    found = {
        PAGE: list(dict.fromkeys([*digits.page(opening_seed(shelf)), *shown])),
        LESSON: digits.lesson(),
        RACE: digits.races(),
    }
    for part in grids.PARTS:
        strengths = tuning.strengths_of(part, shelf / RESULTS)
        found[part.name] = part.configs(strengths) if strengths else []
    found[LESSONS] = _of_lessons(set(chain.from_iterable(found.values())))
    return found


def _of_lessons(elsewhere: Collection[RunConfig]) -> list[RunConfig]:
    """What lessons need, but for runs that another part has with more recorded."""
    from normlab import lessons  # scipy comes with it

    needed = dict.fromkeys(config for lesson in lessons.shipped() for config in lessons.configs(lesson))
    return [one for one in needed if not ({*lessons.as_good(one)} - {one}) & {*elsewhere}]


def refuse_mixture(parts: Mapping[str, Sequence[RunConfig]], coming: Iterable[RunConfig], shelf: Path) -> None:
    """Before runs that are trained here join those of their parts that stay as they are.

    Raises:
        Mistake: if one of these is of another kind of machine.
    """
    from normlab.training.machine import here

    there, ids = only(shelf), {run_id(config) for config in coming}
    for part, configs in parts.items():
        names = {run_id(config) for config in configs}
        staying = [there.ended(name) for name in names - ids] if names & ids else []
        for record in (summary.record for summary in staying if summary):
            if record and record.generation and (reason := difference(record, here())):
                raise Mistake(
                    f"The part {part} holds runs of another kind of machine ({reason}), and a part is of one kind: "
                    f"train all of it here with `normlab rebuild --generation {part}`."
                )


def settle(shelf: Path, workshop: Store) -> list[RunConfig]:
    """Write the manifest, and let the runs that it names for their arms ship with their whole history.

    That is in the workshop where the run was trained; a run that stands for nothing any more loses its history. Runs
    from before generations were counted stay as they are. The configurations whose history is nowhere are returned.
    """
    from normlab.study.plan import digits

    entries = write_manifest(shelf)
    there = only(shelf)
    chosen, seeds = named(shelf), Counter(run_id(base(run.config)) for run in there.list())
    whole = {run_id(config) for config in digits.pairs(opening_seed(shelf))}
    lacking = []
    for entry in entries:
        run = there.read(entry.run_id)
        assert run is not None, "the manifest was written from it"
        arm = run_id(base(run.config))
        is_representative = seeds[arm] > 1 and chosen[arm] == run.config.seed
        if not _settle(run, shelf, workshop, whole=is_representative or entry.run_id in whole):
            lacking.append(run.config)
    write_manifest(shelf)
    return lacking


def pack(shelf: Path) -> None:
    """Put what ships into a pack a part: the last step, since a repository keeps every version of a pack."""
    put_into_packs(shelf, {part: map(run_id, configs) for part, configs in parts(shelf).items()})
    write_manifest(shelf)


def _settle(run: Run, shelf: Path, workshop: Store, *, whole: bool) -> bool:
    """Whether the run ships as it should now; not if its history is nowhere."""
    if run.record is None or run.record.generation == 0 or bool(run.steps) == whole:
        return True
    if not whole:
        assert run.box is not None, "it was read from there"
        ship(run.box, shelf, history=False)
        return True
    kept = workshop.ended(run.run_id)
    if kept is None or kept.record is None or kept.record.attempt != run.record.attempt:
        return False
    ship(FolderBox(workshop.root / run.run_id), shelf, history=True)
    return True
