"""One reader for files that may be anything: a kind and a size are asked for first, and every reader goes by it."""

import ast
import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from store_kit import SMALL, told

from normlab import files, images, limits
from normlab.choices import Dataset
from normlab.cli.common import Mistake, read_text
from normlab.datasets import IDX_NAMES, DataProblem
from normlab.limits import LimitsProblem
from normlab.record import Ended, Status
from normlab.store import Store, StoreProblem
from normlab.study.plan import grids, mechanisms
from normlab.study.results import result_files, tuning

PACKAGE = Path(__file__).parents[1] / "normlab"
OWN = {
    "app/script/__main__.py",
    "app/shell/component.py",
    "classroom/disk.py",
    "cli/lessons.py",
    "study/results/published.py",
    "training/kernels/compile.py",
    "training/memory.py",
    "web/pages.py",
    "worksheet/study.py",
}
"""Modules that read what belongs to the package or the system."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def deep(path: Path) -> None:
    path.write_text("[" * 200_000)


def large_number(path: Path) -> None:
    path.write_text('{"digits": 1e400}')


def letters(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" * 100)


NO_FILE = [pipe, device, folder, sparse]
NO_JSON = [deep, large_number, letters]


def read_tuned(path: Path) -> object:
    return tuning.strengths_of(grids.BY_NAME["digits"], path.parent)


def read_measured(path: Path) -> object:
    return list(result_files.measurements(path.parent))


def read_hashes(path: Path) -> object:
    return result_files.hashes(path.parent)


def read_limits(path: Path) -> object:
    return limits.read({"NORMLAB_LIMITS": str(path)})


MEASURED = mechanisms.measurements()[0].file_name
READERS = [
    (tuning.FILE, read_tuned, StoreProblem, [*NO_FILE, *NO_JSON]),
    (MEASURED, read_measured, StoreProblem, [*NO_FILE, *NO_JSON]),
    (MEASURED, read_hashes, StoreProblem, NO_FILE),
    ("limits.toml", read_limits, LimitsProblem, [*NO_FILE, deep, letters]),
    ("any.toml", read_text, Mistake, [*NO_FILE, letters]),
]


@pytest.mark.parametrize(
    ("name", "read", "problem", "make"),
    [(name, read, problem, make) for name, read, problem, kinds in READERS for make in kinds],
)
@pytest.mark.timeout(60)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, read: Callable[[Path], object], problem: type[Exception], make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    with pytest.raises(problem) as told:
        read(tmp_path / name)
    message = str(told.value)
    assert str(tmp_path / name) in message
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("make", NO_FILE)
@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.timeout(60)
def test_no_file_of_a_data_set_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], end: str
) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path))
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    make(raw / f"{IDX_NAMES[0]}{end}")
    with pytest.raises(DataProblem, match=r"run `normlab fetch mnist`"):
        images.load(Dataset.MNIST)


@pytest.mark.parametrize("make", NO_FILE)
@pytest.mark.timeout(60)
def test_a_run_whose_events_were_replaced_is_not_kept(tmp_path: Path, make: Callable[[Path], None]) -> None:
    with Store(tmp_path).begin(SMALL) as attempt:
        for event in told():
            attempt.append(event)
        (attempt.folder / "events.jsonl").unlink()
        make(attempt.folder / "events.jsonl")
        with pytest.raises(StoreProblem, match=r"cannot be kept: events\.jsonl (is|has) "):
            attempt.commit(Ended(Status.FINISHED, ""))


@pytest.mark.parametrize(
    "content",
    [
        '{"digits": []}',
        '{"digits": {"bn/l1": []}}',
        '{"digits": {"bn/l1": {"chosen": {"l1": "0"}, "candidates": []}}}',
        '{"digits": {"bn/l1": {"chosen": {"l1": 0, "l2": 0, "l3": 0}, "candidates": []}}}',
        '{"digits": {"bn/l1": {"chosen": {"l1": 0, "l2": 0}, "candidates": [{"l1": 0}]}}}',
    ],
)
def test_a_chosen_strength_has_a_meaning(tmp_path: Path, content: str) -> None:
    (tmp_path / tuning.FILE).write_text(content)
    for read in (tuning.strengths_of, tuning.at_edge):
        with pytest.raises(StoreProblem, match="delete it to choose λ again"):
            read(grids.BY_NAME["digits"], tmp_path)


@pytest.mark.parametrize("content", ["{}", '{"is_quick": 0}', '{"is_quick": true, "summary": [], "epochs": []}'])
def test_a_measurement_has_a_meaning(tmp_path: Path, content: str) -> None:
    (tmp_path / MEASURED).write_text(content)
    with pytest.raises(StoreProblem, match="holds no measurement: delete it"):
        read_measured(tmp_path / MEASURED)


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    assert files.unpack(gzip.compress(b"a") + gzip.compress(b"b" * 999), 1_000) == b"a" + b"b" * 999
    bomb = gzip.compress(bytes(10_000_000))
    with pytest.raises(files.Unreadable, match="unpacks to more than 1,000 bytes"):
        files.unpack(bomb, 1_000)
    for broken in (bomb[:-3], bomb[:-9] + b"\0" * 9, b"no gzip", bomb[:20] + b"\xff" * 20 + bomb[40:]):
        with pytest.raises(files.Unreadable, match="cannot be unpacked"):
            files.unpack(broken, 20_000_000)


def test_nobody_else_reads_files() -> None:
    unbounded = re.compile(r"(?<!\bfiles)\.(read_bytes|read_text)$|^(json\.load|gzip\.decompress|zlib\.decompress)$")
    found = set()
    for path in PACKAGE.rglob("*.py"):
        calls = (
            node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        )
        if any(isinstance(call, ast.Attribute) and unbounded.search(ast.unparse(call)) for call in calls):
            found.add(path.relative_to(PACKAGE).as_posix())
    assert found == OWN, "what may be anything is read with normlab.files"
