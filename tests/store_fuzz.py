"""Makes sound run folders unsound, in ways that know how they are built.

`python tests/store_fuzz.py 5000` makes so many; each is read, or set aside with a sentence, and nothing else happens.
"""

import base64
import json
import os
import random
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store_kit import SMALL, write

from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Store
from normlab.store.layout import sha256

NAME = run_id(SMALL)
CONFIG, EVENTS, TENSORS, RECORD = "config.json", "events.jsonl", "tensors.safetensors", "record.json"
JSON = (CONFIG, EVENTS, RECORD)

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 0.5, -0.0, 3, 4, 10**30, -(10**30), 1e300, 2**53 + 1, 15, 375),
    *("", "x", "bn", "nan", "1e999", "finished", "\u202e", "\ud800", "\0", "x" * 100_000, "2026-13-99", "00", "=" * 8),
    *([], {}, [[]], [1], {"a": 1}, [None] * 50, "AAAA", base64.b64encode(zlib.compress(b"[1]")).decode()),
]
TEXTS = [
    b"1e400",
    b"NaN",
    b"-Infinity",
    b"9" * 5_000,
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"\xff\xfe",
    b"\0",
    b"",
    b'"',
]


def unsound(folder: Path, rng: random.Random) -> None:
    """Change something in a finished run's folder; mostly its hashes still fit, as a careful forger would see to."""
    change = rng.choice((_value, _value, _value, _key, _text, _line, _layers, _header, _header, _byte, _kind, _claim))
    change(folder, rng)
    if rng.random() < 0.85:
        _rehash(folder)
    if rng.random() < 0.2:
        (folder / RECORD).unlink(missing_ok=True)  # as of a run that was broken off


def _load(path: Path, rng: random.Random) -> tuple[Any, Callable[[Any], None]]:
    """The file's JSON, or that of one line, and what writes it back."""
    if path.name != EVENTS:
        return json.loads(path.read_bytes()), lambda data: path.write_text(json.dumps(data), encoding="ascii")
    lines = path.read_bytes().splitlines()
    at = rng.randrange(len(lines))

    def put(data: Any) -> None:
        path.write_bytes(b"".join(line + b"\n" for line in [*lines[:at], json.dumps(data).encode(), *lines[at + 1 :]]))

    return json.loads(lines[at]), put


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every container with every key in it."""
    if isinstance(data, dict):
        return [(data, key) for key in data] + [place for value in data.values() for place in _places(value)]
    if isinstance(data, list):
        return [(data, at) for at in range(len(data))] + [place for value in data for place in _places(value)]
    return []


def _value(folder: Path, rng: random.Random) -> None:
    data, put = _load(folder / rng.choice(JSON), rng)
    container, key = rng.choice(_places(data))
    container[key] = rng.choice([*VALUES, container[key], [container[key]]])
    put(data)


def _key(folder: Path, rng: random.Random) -> None:
    data, put = _load(folder / rng.choice(JSON), rng)
    container, key = rng.choice(_places(data))
    value = container.pop(key)
    if isinstance(container, dict) and rng.random() < 0.7:
        container[rng.choice(["invention", "", "schema", f"{key} ", "\ud800"])] = value
    put(data)


def _text(folder: Path, rng: random.Random) -> None:
    """What no JSON writer writes."""
    path = folder / rng.choice(JSON)
    content = path.read_bytes()
    at = rng.choice([at for at in range(len(content)) if content[at : at + 1] in b',:]}["'] or [0])
    path.write_bytes(content[: at + 1] + rng.choice(TEXTS) + content[at + 1 + rng.randrange(8) :])


def _line(folder: Path, rng: random.Random) -> None:
    path = folder / EVENTS
    lines = path.read_bytes().splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(one, lines[other])
        case 2:
            del lines[one]
        case 3:
            lines.insert(one, rng.choice([b"\n", b"[]\n", b"{}\n", b"\x85\n", lines[other].replace(b'"', b"'")]))
    path.write_bytes(b"".join(lines))


def _layers(folder: Path, rng: random.Random) -> None:
    """Within the compressed statistics of an epoch."""
    path = folder / EVENTS
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    line = rng.choice([line for line in lines if line.get("layers")])
    layers = json.loads(zlib.decompress(base64.b64decode(line["layers"])))
    container, key = rng.choice(_places(layers))
    container[key] = rng.choice([*VALUES, "AAB8", base64.b64encode(b"\x00\x7e" * 16).decode()])
    packed = zlib.compress(json.dumps(layers).encode())
    bomb = zlib.compress(bytes(20_000_000))
    content = rng.choice([packed, packed, packed, packed[:-3], packed + b"x", bomb, zlib.compress(b"[" * 100_000)])
    line["layers"] = base64.b64encode(content).decode()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")


def _header(folder: Path, rng: random.Random) -> None:
    """The header of the tensors: sizes, shapes, types and names that do not fit."""
    path = folder / TENSORS
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    name = rng.choice([*header])
    entry = header[name]
    match rng.randrange(6):
        case 0:
            entry["shape"] = rng.choice(
                [[], [0], [2**62, 4], [10**30], [-1], [1] * 500, "x", [1.5], entry["shape"][::-1]]
            )
        case 1:
            entry["dtype"] = rng.choice(["F64", "BF16", "I8", "U8", "F16", "F32", "F8_E4M3", "BOOL", "Z", 1])
        case 2:
            entry["data_offsets"] = rng.choice([[0, 2**63], [0, 1], [5, 3], [0, 10**9], [-1, 4], [0], "x"])
        case 3:
            header[rng.choice(["x", "0/x", "-1/predicted", "999/predicted", "٣/predicted", "0" * 9_000])] = header.pop(
                name
            )
        case 4:
            header["__metadata__"] = rng.choice([{"a": "b"}, {"a": 1}, [], None])
        case 5:
            deep: Any = 1
            for _ in range(rng.choice([5, 400])):
                deep = [deep]
            header[name] = deep
    text = json.dumps(header).encode()
    length = rng.choice([len(text)] * 6 + [2**63, 2**64 - 1, 100_000_001, 0])
    path.write_bytes(struct.pack("<Q", length) + text + content[8 + size :])


def _byte(folder: Path, rng: random.Random) -> None:
    path = folder / rng.choice((*JSON, TENSORS))
    content = bytearray(path.read_bytes())
    match rng.randrange(3):
        case 0:
            content[rng.randrange(len(content))] = rng.randrange(256)
        case 1:
            del content[rng.randrange(len(content)) :]
        case 2:
            at = rng.randrange(len(content))
            content[at:at] = rng.randbytes(rng.randrange(40))
    path.write_bytes(content)


def _kind(folder: Path, rng: random.Random) -> None:
    """Something else in a file's place."""
    path = folder / rng.choice((*JSON, TENSORS, "claim-7", "events.jsonl.x.tmp"))
    path.unlink(missing_ok=True)
    match rng.randrange(6):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to("/dev/zero")
        case 2:
            path.symlink_to(rng.choice(["/etc/hostname", "/nowhere", path.name]))
        case 3:
            path.mkdir()
        case 4:
            path.touch()
            os.truncate(path, 2_000_000_000)
        case 5:
            return  # it is missing


def _claim(folder: Path, rng: random.Random) -> None:
    """Somebody says that the run is being trained."""
    path = folder / f"claim-{rng.choice(['1', '01', '٣', '9' * 200, '', '-1', '999999999'])}"
    whole = {"host": "x", "pid": 1, "attempt": "a"}
    whole[rng.choice([*whole])] = rng.choice([*VALUES, float("inf")])
    path.write_bytes(rng.choice([json.dumps(whole).encode(), *TEXTS, b"[" * 4_000]))
    if rng.random() < 0.8:
        os.utime(path, (rng.choice([0, 1e9, 4e9]),) * 2)


def _rehash(folder: Path) -> None:
    record = folder / RECORD
    try:
        data = json.loads(record.read_bytes()) if record.is_file() and record.lstat().st_size < 10**6 else {}
        for name in data["files"]:
            path = folder / name
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 10**8:
                data["files"][name] = sha256(path.read_bytes())
        record.write_text(json.dumps(data), encoding="ascii")
    except (ValueError, LookupError, TypeError, RecursionError, OSError):
        return  # so much is broken that nobody could mend the hashes


def survives(folder: Path, root: Path, seed: int) -> str:
    """Read a changed copy of the run in `folder`, in a store at `root`: "read", or the reason why it was set aside."""
    store = Store(root / str(seed))
    shutil.copytree(folder, store.root / NAME)
    unsound(store.root / NAME, random.Random(seed))
    found = store.list()
    run = store.read(NAME)
    status = store.status(NAME)
    for aside in store.set_aside():
        assert aside.reason.isprintable(), aside
        assert 10 < len(aside.reason) <= 401, aside
    if run is not None:
        assert run.epochs or run.status is not Status.FINISHED
        assert (run.kept == ()) == (run.record is None)
        for epoch in run.snapshot_epochs():
            run.snapshot(epoch)
        assert status is run.status
        shutil.rmtree(store.root)
        return "read"
    assert status in {None, Status.RUNNING, Status.INTERRUPTED}, (status, found)
    reason = "; ".join(aside.reason for aside in store.set_aside()) or f"nothing there: {status}"
    if status is not Status.RUNNING:
        write(store)  # whatever was there, the run can be trained anew
        assert store.status(NAME) is Status.FINISHED
    shutil.rmtree(store.root)
    return reason


def main(cases: int, first: int) -> None:
    reasons: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        sound = write(Store(Path(folder) / "sound"))
        for seed in range(first, first + cases):
            try:
                reason = survives(sound, Path(folder), seed)
            except BaseException:
                print(f"seed {seed}", file=sys.stderr)
                raise
            reasons[reason[:60]] = reasons.get(reason[:60], 0) + 1
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f"{count:6,}  {reason}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
