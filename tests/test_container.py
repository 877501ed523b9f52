"""The Dockerfile, as far as it can be checked without Docker."""

import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ALLOWED = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.replace("\\\n", " "), flags=re.MULTILINE)


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    """A server that answers every path with 200 and this body; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_all_that_is_copied_exists_and_is_not_ignored() -> None:
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    assert copied == ALLOWED
    assert all((ROOT / source).exists() for source in copied)


def test_it_runs_as_a_user_without_rights_who_may_write_only_the_store() -> None:
    (user,) = instructions("USER")
    assert user not in ("root", "0")
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index('CMD ["streamlit"')
    assert "NORMLAB_STORE=/data/runs" in DOCKERFILE
    assert f"chown --recursive {user} /data" in DOCKERFILE


@pytest.mark.parametrize(("body", "is_well"), [(b"ok", True), (b"<!doctype html>", False)])
def test_the_health_check_reads_the_body(body: bytes, is_well: bool) -> None:
    (check,) = instructions("HEALTHCHECK")
    python, flag, code = json.loads(check.split("CMD ")[1])
    assert (python, flag) == ("python", "-c")
    with answering(body) as port:
        done = subprocess.run([sys.executable, "-c", code.replace("8501", str(port))], capture_output=True, check=False)
    assert (done.returncode == 0) is is_well


def test_its_port_and_the_commands_fit() -> None:
    *_, start = instructions("CMD")
    command = json.loads(start)
    assert command[:3] == ["streamlit", "run", "streamlit_app.py"]
    assert f"--server.port={instructions('EXPOSE')[0]}" in command
