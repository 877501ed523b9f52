"""What lies where in a run folder, and the file operations that keep it whole."""

import contextlib
import hashlib
import json
import os
import re
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

from normlab import files
from normlab.config import ConfigError, RunConfig
from normlab.errors import NormlabError
from normlab.identity import run_id
from normlab.settings import SCHEMA, SETTINGS, changed, flat

FORMAT = 1
"""Version of record.json and of the folder's layout."""

CONFIG, EVENTS, TENSORS, RECORD = "config.json", "events.jsonl", "tensors.safetensors", "record.json"
HASHED = (CONFIG, EVENTS, TENSORS)
"""The files whose SHA-256 record.json holds."""

FILES = (RECORD, *HASHED)
"""Of an ended run."""

LIMITS = {CONFIG: 65_536, RECORD: 262_144, EVENTS: 16_777_216, TENSORS: 16_777_216}
"""Bytes that are read of each at most: several times what the longest run with all norms writes."""

_TRIES, _WAIT_SECONDS = 100, 0.05
_RUN_ID, _SHA256 = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{64}")

Stamp = tuple[tuple[int, int], ...]


class StoreProblem(NormlabError):
    """One sentence: why runs cannot be kept, and how to mend it."""


class Damage(NormlabError):
    """One sentence: why a run folder cannot be trusted."""


def is_run_id(name: str) -> bool:
    return _RUN_ID.fullmatch(name) is not None


def is_sha256(text: str) -> bool:
    return _SHA256.fullmatch(text) is not None


def problem(error: OSError, folder: Path) -> StoreProblem:
    """The failed write to `folder` as a sentence."""
    mend = "set NORMLAB_STORE to another folder"
    if files.is_full(error):
        return StoreProblem(f"The disk that holds {folder} is full: free some space, or {mend}.")
    return StoreProblem(f"{folder} cannot be written ({error.strerror or error}): make it writable, or {mend}.")


def write_whole(path: Path, content: bytes) -> None:
    """Replace `path` in one step: whoever reads sees the old content or the new, also after a crash."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        os.chmod(name, 0o644)
        _replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _replace(new: str, path: Path) -> None:
    """On Windows not while somebody reads the old file: that takes a moment."""
    for _ in range(_TRIES):
        try:
            os.replace(new, path)
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(_WAIT_SECONDS)
        else:
            return
    os.replace(new, path)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def json_bytes(data: Any) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def stamp(folder: Path, names: tuple[str, ...] = FILES) -> Stamp:
    """Changes whenever one of the files does: its time and size, (0, -1) where it is missing."""
    return tuple(_stamp(folder / name) for name in names)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.lstat()
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size


def check_kinds(folder: Path) -> None:
    """Raises `Damage` unless this is a folder, and whatever has the name of a run's file is a file."""
    check_folder(folder)
    for name in LIMITS:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG((folder / name).lstat().st_mode):
                raise Damage(f"{name} is no regular file.")


def check_folder(folder: Path) -> None:
    """Raises `Damage` if it is none, or a link, which leads anywhere."""
    try:
        is_folder = stat.S_ISDIR(folder.lstat().st_mode)
    except FileNotFoundError:
        raise Damage(f"{folder.name} is missing.") from None
    if not is_folder:
        raise Damage(f"{folder.name} is a link or a file, not a folder.")


def read_bytes(path: Path, *, offset: int = 0) -> bytes:
    """What a file of a run folder holds, from `offset` on. Raises `Damage` if it is missing or not to be read."""
    try:
        return files.read(path, LIMITS[path.name], offset=offset)
    except FileNotFoundError:
        raise Damage(f"{path.name} is missing.") from None
    except files.Unreadable as problem:
        raise Damage(f"{path.name} {problem}.") from None


def parse_object(name: str, content: bytes) -> dict[str, Any]:
    """A JSON object in which every number is finite. Raises `Damage`."""
    try:
        return files.parse_object(content)
    except ValueError as error:
        raise Damage(f"{name} is not valid JSON ({error}).") from None


def config_bytes(config: RunConfig) -> bytes:
    """config.json: schema, run id and every setting."""
    return json_bytes({"schema": SCHEMA, "run_id": run_id(config), "config": flat(config)})


def config_of(name: str, content: bytes) -> RunConfig:
    """The configuration in the config.json of the run with this id.

    Raises:
        Damage: if it cannot be read, is from another version, or does not belong to the id.
    """
    data = parse_object(CONFIG, content)
    check_version(CONFIG, data, SCHEMA)
    values = data.get("config")
    if not isinstance(values, dict):
        raise Damage(f"{CONFIG} has no settings.")
    if unknown := [name for name in values if name not in SETTINGS]:
        raise Damage(f"It was written by a newer normlab: {CONFIG} has the unknown setting {unknown[0]}.")
    try:
        config = changed(RunConfig(), values)
    except ConfigError as error:
        raise Damage(f"{CONFIG} is refused: {error}") from None
    if not data.get("run_id") == name == run_id(config):
        raise Damage(f"The folder's name, {name}, is not the run id of the settings in {CONFIG}.")
    return config


def check_version(name: str, data: dict[str, Any], known: int) -> None:
    """Raises `Damage` unless the file's schema is `known`."""
    schema = data.get("schema")
    if isinstance(schema, int) and schema > known:
        raise Damage(f"It was written by a newer normlab: {name} has schema {schema}, this normlab reads {known}.")
    if schema != known or isinstance(schema, bool):
        raise Damage(f"{name} has schema {schema}; this normlab reads {known}.")
