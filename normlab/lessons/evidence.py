"""What was measured for a lesson ships as a result: a file each, in the folder `lessons` of the results.

A file names its runs' records as the manifest does, and what was asked, so that numbers of other runs, or of a lesson
that asks something else now, are known for such.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from normlab.identity import run_id
from normlab.lessons import measuring
from normlab.lessons.measuring import Curve, Evidence, Numbers
from normlab.lessons.schema import Lesson
from normlab.settings import to_query
from normlab.store import Store, StoreProblem, write_whole
from normlab.stresses import to_query as stress_query
from normlab.study.results import result_files

FOLDER = "lessons"
_MEND = "delete it and measure it again with `normlab rebuild lessons`"
_DIGITS = 6


def kept(lesson: Lesson, store: Store) -> Evidence | None:
    """What ships of a lesson; None if nothing does, or of other runs than those that ship now.

    Raises:
        StoreProblem: if its file or the manifest cannot be read, or holds no such thing.
    """
    if store.shipped is None:
        return None
    path = file_of(lesson, store.shipped)
    try:
        told = result_files.read(path, mend=_MEND)
    except FileNotFoundError:
        return None
    if told.get("asked") != _asked(lesson) or told.get("runs") != _records(lesson, store.shipped):
        return None
    try:
        return _evidence(lesson, told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreProblem(f"{path} holds no measurement ({error!r}): {_MEND}.") from None


def keep(lesson: Lesson, found: Evidence, shelf: Path) -> Path:
    """Write what was measured of the runs that ship in `shelf`; the file."""
    data = {
        "asked": _asked(lesson),
        "runs": _records(lesson, shelf),
        "numbers": {one.arm.key: _short(one.values) for one in found.numbers},
        "lines": {
            curve.arm.key: {
                str(seed): [list(_short(line)), list(_short(line).values())] for seed, line in curve.by_seed.items()
            }
            for curve in found.curves
        },
    }
    path = file_of(lesson, shelf)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(data, separators=(",", ":")) + "\n").encode())
    return path


def file_of(lesson: Lesson, shelf: Path) -> Path:
    return shelf / result_files.RESULTS / FOLDER / f"{lesson.key}.json"


def _short(values: Mapping[Any, float]) -> dict[str, float]:
    return {f"{key:g}": round(value, _DIGITS) for key, value in values.items()}


def _evidence(lesson: Lesson, told: Mapping[str, Any]) -> Evidence:
    numbers = [
        Numbers(arm, {int(seed): float(value) for seed, value in told["numbers"][arm.key].items()})
        for arm in lesson.arms
    ]
    curves = [
        Curve(
            lesson.arm(key),
            {
                int(seed): {float(x): float(y) for x, y in zip(xs, ys, strict=True)}
                for seed, (xs, ys) in told["lines"][key].items()
            },
        )
        for key in (lesson.picture.lines if lesson.picture.varied else ())
    ]
    return Evidence(tuple(numbers), tuple(curves))


def _asked(lesson: Lesson) -> str:
    """A fingerprint of all that is measured: arms, seeds, the contrast's measure, the picture's lines."""
    picture = lesson.picture
    asked = {
        "arms": [[arm.key, to_query(arm.config), stress_query(arm.stress)] for arm in lesson.arms],
        "measure": lesson.contrast.measure,
        "seeds": lesson.contrast.seeds,
        "picture": [picture.varied, picture.values, picture.measure, picture.lines if picture.varied else ()],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _records(lesson: Lesson, shelf: Path) -> dict[str, str]:
    """By run id, the SHA-256 of the record that ships of each of its runs; of one that does not, nothing."""
    there = measuring.records(shelf)
    found = {}
    for config in measuring.configs(lesson):
        name = next((name for same in measuring.as_good(config) if (name := run_id(same)) in there), None)
        if name is not None:
            found[name] = there[name]
    return found
