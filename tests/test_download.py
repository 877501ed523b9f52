"""Downloads from servers on this machine that break off, send something else, or send what they should."""

import errno
import gzip
import hashlib
import importlib
import io
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from normlab import download, installation
from normlab.choices import Dataset
from normlab.datasets import IDX_NAMES, SPECS, DataProblem, IdxFiles, idx_files
from normlab.download import Progress, fetch
from normlab.training.machine import torchvision_problem

CONTENTS = {name: random.Random(name).randbytes(10_000 * (place + 1)) for place, name in enumerate(IDX_NAMES)}
PACKED = {name: gzip.compress(content, mtime=0) for name, content in CONTENTS.items()}
TOTAL = sum(map(len, PACKED.values()))
FIRST = IDX_NAMES[0]
HALF = PACKED[FIRST][: len(PACKED[FIRST]) // 2]
PAGE = b"<html>Please accept our terms of use.</html>" * 100


class Server:
    """Serves PACKED, whole or the range that is asked for.

    Other modes: "breaks" (after half of the file), "damaged" (right but for the last byte), "garbage" (of the right
    length), "page" (a web page, with its length) and "endless page" (without), "wrong range", "wrong total", a status
    such as "403", "hangs" (no answer until the server closes), "trickle" (a byte now and then). `ranges` turns
    resuming on; `patience` is how long the server takes for an answer.
    """

    def __init__(self, mode: str = "whole", *, ranges: bool = True) -> None:
        self.mode, self.ranges, self.patience = mode, ranges, 0.0
        self.asked: list[tuple[str, str | None]] = []
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        self.closing.wait(self.patience)
        if self.mode == "hangs":
            self.closing.wait()
        elif self.mode.isdigit():
            request.send_error(int(self.mode))
        elif self.mode == "page":
            _send(request, 200, PAGE, {"Content-Length": len(PAGE)})
        elif self.mode == "endless page":
            _send(request, 200, PAGE, {})
        else:
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
            self.send(request, PACKED[request.path.strip("/").removesuffix(".gz")], start)

    def send(self, request: BaseHTTPRequestHandler, body: bytes, start: int) -> None:
        size = len(body)
        if self.mode == "damaged":
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif self.mode == "garbage":
            body = b"x" * size
        told = start - 7 if self.mode == "wrong range" else start
        total = size + 1 if self.mode == "wrong total" else size
        headers: dict[str, object] = {"Content-Length": size - start}
        if start:
            headers["Content-Range"] = f"bytes {told}-{size - 1}/{total}"
        sent = body[told:size]
        if self.mode == "breaks":
            sent = body[start : size // 2 + 1]
        elif self.mode == "trickle":
            sent = body[start : start + 1]
        _send(request, 206 if start else 200, sent, headers)
        if self.mode == "trickle":
            for byte in body[start + 1 :]:
                if self.closing.wait(0.02):
                    return
                request.wfile.write(bytes([byte]))

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, object]) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, str(value))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def other() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def source(*addresses: str) -> IdxFiles:
    files = tuple((len(PACKED[name]), md5(PACKED[name]), md5(CONTENTS[name])) for name in IDX_NAMES)
    return idx_files("MNIST/raw", addresses, files)


def folder_of(root: Path) -> Path:
    return root / "MNIST" / "raw"


def found(root: Path) -> dict[str, bytes]:
    """What is in the folder, but for the lock."""
    return {path.name: path.read_bytes() for path in folder_of(root).iterdir() if path.suffix != ".lock"}


def get(root: Path, *addresses: str) -> list[Progress]:
    return list(fetch(Dataset.MNIST, root, source(*addresses)))


def begun(root: Path, half: bytes = HALF) -> Path:
    """A first file that has arrived in part."""
    part = folder_of(root) / f"{FIRST}.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(half)
    return part


def refused(root: Path, *addresses: str) -> str:
    with pytest.raises(DataProblem) as problem:
        get(root, *addresses)
    message = str(problem.value)
    assert "run `normlab fetch mnist` again" in message
    assert message.endswith(".")
    assert "\n" not in message
    assert not any((folder_of(root) / name).exists() for name in IDX_NAMES)
    return message


def test_every_file_arrives_unpacked_and_nothing_else_stays(server: Server, tmp_path: Path) -> None:
    told = get(tmp_path, server.address)
    assert found(tmp_path) == CONTENTS
    assert told[0] == Progress(0, TOTAL)
    assert told[-1] == Progress(TOTAL, TOTAL)
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_what_is_there_and_sound_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    get(tmp_path, server.address)
    server.asked.clear()
    (folder_of(tmp_path) / IDX_NAMES[1]).write_bytes(b"damaged")
    get(tmp_path, server.address)
    assert [path for path, _ in server.asked] == [f"/{IDX_NAMES[1]}.gz"]
    assert found(tmp_path) == CONTENTS


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_folder_that_has_everything_need_not_be_writable(server: Server, tmp_path: Path) -> None:
    get(tmp_path, server.address)
    (folder_of(tmp_path) / "download.lock").unlink()
    folder_of(tmp_path).chmod(0o555)
    try:
        get(tmp_path, server.address)
    finally:
        folder_of(tmp_path).chmod(0o755)
    assert not list(folder_of(tmp_path).glob("*.lock"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_broke_off_goes_on_or_starts_again(tmp_path: Path, ranges: bool) -> None:
    server = Server("breaks", ranges=ranges)
    size = len(PACKED[FIRST])
    try:
        told = refused(tmp_path, server.address)
        assert f"broke off after {size // 2 + 1:,} of {size:,} bytes" in told
        assert "it goes on where it stopped" in told
        server.mode = "whole"
        server.asked.clear()
        get(tmp_path, server.address)
    finally:
        server.close()
    assert server.asked[0] == (f"/{FIRST}.gz", f"bytes={size // 2 + 1}-")
    assert found(tmp_path) == CONTENTS


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("page", "sent something else (4,400 bytes instead of "),
        ("endless page", "sent something else, such as a web page"),
        ("wrong range", "sent another part of the file"),
        ("wrong total", "sent another part of the file"),
        ("416", "answered 416 "),
        ("403", "answered 403 Forbidden"),
        ("hangs", "cannot be reached (timed out)"),
        ("trickle", "is too slow"),
    ],
)
def test_a_bad_mirror_leaves_the_half_of_a_good_one(
    server: Server, other: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, words: str
) -> None:
    if mode in ("hangs", "trickle"):  # no shorter: a busy machine's good mirror must not be given up
        monkeypatch.setattr(download, "_TIMEOUT", 1.0)
        monkeypatch.setattr(download, "_PACE_SECONDS", 1.0)
    part = begun(tmp_path)
    other.mode = mode
    told = refused(tmp_path, other.address)
    assert words in told
    assert part.read_bytes().startswith(HALF)
    server.asked.clear()
    get(tmp_path, other.address, server.address)
    assert server.asked[0][1] is not None
    assert server.asked[0][1] >= f"bytes={len(HALF)}-"
    assert found(tmp_path) == CONTENTS


def test_a_server_without_ranges_that_breaks_off_early_leaves_the_longer_half(tmp_path: Path) -> None:
    longer = PACKED[FIRST][:-10]
    part = begun(tmp_path, longer)
    server = Server("breaks", ranges=False)
    try:
        refused(tmp_path, server.address)
    finally:
        server.close()
    assert part.read_bytes() == longer
    assert list(found(tmp_path)) == [part.name]


@pytest.mark.parametrize("half", [b"not the file's beginning", HALF + b"!", b"\x1f\x8b" + bytes(10**6)])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_half_that_is_wrong_does_not_stop_a_good_mirror(tmp_path: Path, half: bytes, ranges: bool) -> None:
    begun(tmp_path, half)
    server = Server(ranges=ranges)
    try:
        get(tmp_path, server.address)
    finally:
        server.close()
    assert found(tmp_path) == CONTENTS


@pytest.mark.parametrize(("mode", "words"), [("damaged", "sent a damaged file"), ("garbage", "sent something else")])
def test_what_is_wrong_is_thrown_away_and_the_next_try_starts_clean(
    server: Server, tmp_path: Path, mode: str, words: str
) -> None:
    server.mode = mode
    told = refused(tmp_path, server.address)
    assert words in told
    assert "where it stopped" not in told
    assert not found(tmp_path)
    server.mode = "whole"
    assert get(tmp_path, server.address)[-1].done == TOTAL


def test_a_part_that_is_already_whole_is_used(server: Server, tmp_path: Path) -> None:
    begun(tmp_path, PACKED[FIRST])
    get(tmp_path, server.address)
    assert found(tmp_path) == CONTENTS
    assert f"/{FIRST}.gz" not in [path for path, _ in server.asked]


def test_the_next_mirror_is_tried_when_one_is_gone(server: Server, other: Server, tmp_path: Path) -> None:
    other.mode = "404"
    get(tmp_path, other.address, server.address)
    assert len(other.asked) == len(server.asked) == 4


def test_every_mirrors_reason_is_told(
    server: Server, other: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", 1.0)
    server.mode, other.mode = "403", "hangs"
    dead = Server()
    dead.close()
    told = refused(tmp_path, server.address, other.address, dead.address)
    reasons = "127.0.0.1 answered 403 Forbidden; 127.0.0.1 cannot be reached (timed out); 127.0.0.1 cannot be reached ("
    assert reasons in told
    assert "broke off" not in told
    assert "free some space" not in told
    assert "no mirror" in refused(tmp_path)


def test_content_that_does_not_unpack_is_removed(server: Server, tmp_path: Path) -> None:
    wrong = source(server.address)
    first = wrong.files[0]
    changed = replace(first, md5=md5(b"something else"))
    with pytest.raises(DataProblem, match="did not unpack"):
        list(fetch(Dataset.MNIST, tmp_path, replace(wrong, files=(changed, *wrong.files[1:]))))
    assert not found(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(server: Server, tmp_path: Path) -> None:
    (tmp_path / "MNIST").write_text("a file where the folder should be")
    with pytest.raises(DataProblem, match=r"cannot be written .*make it writable, or set NORMLAB_DATA") as problem:
        get(tmp_path, server.address)
    assert "space" not in str(problem.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_one_sentence(server: Server, tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir(parents=True)
    folder_of(tmp_path).chmod(0o555)
    assert "make it writable" in refused(tmp_path, server.address)


def test_a_full_disk_is_one_sentence_and_the_half_stays(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, content: bytes) -> int:  # type: ignore[override]
            room = 5_000 - os.fstat(self.fileno()).st_size
            super().write(content[:room])
            if len(content) > room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return len(content)

    part = folder_of(tmp_path) / f"{FIRST}.gz.part"
    monkeypatch.setattr(type(part), "open", lambda path, mode: Full(path, mode.replace("b", "")))
    told = refused(tmp_path, server.address)
    assert told.startswith(f"The disk that holds {folder_of(tmp_path)} is full: free some space, or ")
    monkeypatch.undo()
    assert part.read_bytes() == PACKED[FIRST][:5_000]
    get(tmp_path, server.address)
    assert found(tmp_path) == CONTENTS


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_pipes_in_the_place_of_files_are_replaced(server: Server, tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir(parents=True)
    for end in ("", ".part", ".gz", ".gz.part", ".gz.new"):
        os.mkfifo(folder_of(tmp_path) / f"{FIRST}{end}")
    get(tmp_path, server.address)
    assert found(tmp_path) == CONTENTS


def test_what_a_killed_process_left_goes(server: Server, tmp_path: Path) -> None:
    begun(tmp_path)
    for end in (".part", ".gz.new"):
        (folder_of(tmp_path) / f"{FIRST}{end}").write_bytes(b"half")
    get(tmp_path, server.address)
    assert found(tmp_path) == CONTENTS


def test_two_at_once_both_end_right_and_each_file_comes_once(server: Server, tmp_path: Path) -> None:
    server.patience = 0.3
    ends: list[Progress] = []
    others = [threading.Thread(target=lambda: ends.append(get(tmp_path, server.address)[-1])) for _ in range(3)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(60.0)
    assert ends == [Progress(TOTAL, TOTAL)] * 3
    assert found(tmp_path) == CONTENTS
    assert sorted(path for path, _ in server.asked) == sorted(f"/{name}.gz" for name in IDX_NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [True, False])
def test_another_process_is_waited_for_and_taken_over_from(server: Server, tmp_path: Path, is_killed: bool) -> None:
    server.patience = 1.0
    code = f"""
from pathlib import Path
from normlab.choices import Dataset
from normlab.datasets import IdxFiles, RemoteFile
from normlab.download import fetch
for progress in fetch(Dataset.MNIST, Path({str(tmp_path)!r}), {source(server.address)!r}):
    print(progress.done, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        while next(lines) == "0\n":
            pass
        if is_killed:
            process.kill()
        told = get(tmp_path, server.address)
        code_of_the_other = process.wait(60.0)
        process.stdout.read()
    assert told[-1] == Progress(TOTAL, TOTAL)
    assert found(tmp_path) == CONTENTS
    if not is_killed:
        assert code_of_the_other == 0
        assert len(server.asked) == len(IDX_NAMES)


def test_another_process_that_gets_nothing_is_not_waited_for_for_ever(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(download, "_PATIENCE_SECONDS", 0.3)
    begun(tmp_path)
    before = time.monotonic()
    with FileLock(folder_of(tmp_path) / "download.lock"):
        told = refused(tmp_path, server.address)
    assert "Another process" in told
    assert "end that process" in told
    assert 0.3 < time.monotonic() - before < 20
    assert not server.asked


def test_digits_need_no_download() -> None:
    assert list(fetch(Dataset.DIGITS)) == []


def test_torchvision_fits_torch() -> None:
    assert torchvision_problem() == ""


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST"])
def test_mirrors_and_packed_files_are_those_of_torchvision(name: str) -> None:
    theirs = getattr(importlib.import_module("torchvision.datasets"), name)
    (ours,) = (
        spec.source
        for spec in SPECS.values()
        if isinstance(spec.source, IdxFiles) and spec.source.folder == f"{name}/raw"
    )
    assert [(f"{file.name}.gz", file.packed_md5) for file in ours.files] == theirs.resources
    assert list(ours.mirrors) == theirs.mirrors


def test_a_torchvision_that_does_not_import_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    problem = torchvision_problem()
    assert problem.startswith("torchvision cannot be imported")
    assert problem.endswith(f"`{installation.TORCH}`.")
