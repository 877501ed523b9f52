"""Downloads from a server on this machine that breaks off, sends garbage, and sends what it should."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from normlab import images
from normlab.choices import Dataset
from normlab.images import DataProblem
from normlab.training.download import Progress, RemoteFile, Source, fetch, source_of, torchvision_problem

CONTENTS = {name: bytes(range(256)) * (40 * (place + 1)) for place, name in enumerate(images.FILES)}
PACKED = {name: gzip.compress(content, mtime=0) + b"" for name, content in CONTENTS.items()}


class Server:
    """Serves PACKED; `mode` is "whole", "breaks" (after half), "garbage" or "gone"; `ranges` turns resuming on."""

    def __init__(self) -> None:
        self.mode, self.ranges = "whole", True
        self.asked: list[tuple[str, str | None]] = []
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
        if self.mode == "gone":
            request.send_error(404)
            return
        body = PACKED[request.path.strip("/").removesuffix(".gz")]
        if self.mode == "garbage":
            body = b"x" * len(body)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        if start >= len(body):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        request.wfile.write(body[start : len(body) // 2 + 1] if self.mode == "breaks" else body[start:])

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def source(*addresses: str) -> Source:
    files = (RemoteFile(n, len(PACKED[n]), md5(PACKED[n]), md5(CONTENTS[n])) for n in images.FILES)
    return Source(addresses, tuple(files))


def folder_of(root: Path) -> Path:
    return root / images.FOLDERS[Dataset.MNIST]


def download(root: Path, *addresses: str) -> list[Progress]:
    return list(fetch(Dataset.MNIST, root, source(*addresses)))


def test_every_file_arrives_unpacked_and_nothing_else_stays(server: Server, tmp_path: Path) -> None:
    told = download(tmp_path, server.address)
    found = {path.name: path.read_bytes() for path in folder_of(tmp_path).iterdir()}
    assert found == CONTENTS
    total = sum(map(len, PACKED.values()))
    assert told[0] == Progress(0, total)
    assert told[-1] == Progress(total, total)
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_what_is_there_and_sound_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    download(tmp_path, server.address)
    server.asked.clear()
    (folder_of(tmp_path) / images.FILES[1]).write_bytes(b"damaged")
    download(tmp_path, server.address)
    assert [path for path, _ in server.asked] == [f"/{images.FILES[1]}.gz"]
    assert (folder_of(tmp_path) / images.FILES[1]).read_bytes() == CONTENTS[images.FILES[1]]


def refused(root: Path, *addresses: str) -> str:
    with pytest.raises(DataProblem) as problem:
        download(root, *addresses)
    message = str(problem.value)
    assert "normlab fetch mnist" in message
    assert message.endswith(".")
    assert "\n" not in message
    assert not any((folder_of(root) / name).exists() for name in images.FILES)
    return message


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_broke_off_goes_on_or_starts_again(server: Server, tmp_path: Path, ranges: bool) -> None:
    server.mode, server.ranges = "breaks", ranges
    assert "broke off" in refused(tmp_path, server.address)
    half = folder_of(tmp_path) / f"{images.FILES[0]}.gz.part"
    have = half.stat().st_size
    assert 0 < have < len(PACKED[images.FILES[0]])
    server.mode = "whole"
    server.asked.clear()
    download(tmp_path, server.address)
    assert server.asked[0] == (f"/{images.FILES[0]}.gz", f"bytes={have}-")
    assert {path.name: path.read_bytes() for path in folder_of(tmp_path).iterdir()} == CONTENTS


def test_garbage_is_thrown_away_and_the_next_try_starts_clean(server: Server, tmp_path: Path) -> None:
    server.mode = "breaks"
    refused(tmp_path, server.address)
    server.mode = "garbage"
    assert "damaged" in refused(tmp_path, server.address)
    assert not list(folder_of(tmp_path).iterdir())
    server.mode = "whole"
    assert download(tmp_path, server.address)[-1].done == sum(map(len, PACKED.values()))


def test_a_part_that_is_already_whole_is_used(server: Server, tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir(parents=True)
    (folder_of(tmp_path) / f"{images.FILES[0]}.gz.part").write_bytes(PACKED[images.FILES[0]])
    download(tmp_path, server.address)
    assert (folder_of(tmp_path) / images.FILES[0]).read_bytes() == CONTENTS[images.FILES[0]]


def test_the_next_mirror_is_tried_when_one_is_gone(server: Server, tmp_path: Path) -> None:
    other = Server()
    other.mode = "gone"
    try:
        download(tmp_path, other.address, server.address)
    finally:
        other.close()
    assert len(other.asked) == len(server.asked) == 4


def test_no_mirror_is_one_sentence(server: Server, tmp_path: Path) -> None:
    server.mode = "gone"
    assert "404" in refused(tmp_path, server.address)
    address = server.address
    dead = Server()
    dead.close()
    assert "broke off" in refused(tmp_path, address, dead.address)


def test_content_that_does_not_unpack_is_removed(server: Server, tmp_path: Path) -> None:
    wrong = source(server.address)
    first = wrong.files[0]
    changed = RemoteFile(first.name, first.size, first.packed_md5, md5(b"something else"))
    with pytest.raises(DataProblem, match="did not unpack"):
        list(fetch(Dataset.MNIST, tmp_path, Source(wrong.mirrors, (changed,))))
    assert not list(folder_of(tmp_path).iterdir())


def test_a_folder_that_cannot_be_written_is_one_sentence(server: Server, tmp_path: Path) -> None:
    (tmp_path / "MNIST").write_text("a file where the folder should be")
    with pytest.raises(DataProblem, match=r"cannot be written .* NORMLAB_DATA"):
        download(tmp_path, server.address)


def test_digits_need_no_download() -> None:
    assert list(fetch(Dataset.DIGITS)) == []


@pytest.mark.parametrize("dataset", [Dataset.MNIST, Dataset.FASHION_MNIST])
def test_torchvision_fits_and_knows_the_files_and_their_checksums(dataset: Dataset) -> None:
    assert torchvision_problem() == ""
    known = source_of(dataset)
    assert [file.name for file in known.files] == list(images.FILES)
    assert all(len(file.packed_md5) == len(file.md5) == 32 for file in known.files)
    assert known.mirrors
    megabytes = sum(file.size for file in known.files) / 1e6
    assert round(megabytes) == images.DOWNLOAD_MEGABYTES[dataset]


def test_a_torchvision_that_does_not_import_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torchvision", None)
    problem = torchvision_problem()
    assert problem.startswith("torchvision cannot be imported")
    assert problem.endswith("`pip install --upgrade torch torchvision`.")
    with pytest.raises(DataProblem, match="torchvision cannot be imported"):
        list(fetch(Dataset.MNIST))
