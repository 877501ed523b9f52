"""The app in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running app: its address, its process, and the file with what it prints."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(
    folder: Path,
    shipped: Path,
    workers: int,
    *,
    descriptors: int | None = None,
    port: int = 0,
    script: str = "streamlit_app.py",
    **settings: str,
) -> Server:
    """Start the app, or another `script`, with so many workers, its store in `folder` and further variables; returns
    once it answers.

    `descriptors` is how many open files its process may have to begin with, `port` 0 any that is free.
    """
    port = port or free_port()
    own = {"NORMLAB_STORE": str(folder / "store"), "NORMLAB_PRETRAINED": str(shipped), "NORMLAB_WORKERS": str(workers)}
    own |= settings
    shell = [] if descriptors is None else ["sh", "-c", f'ulimit -Sn {descriptors}; exec "$@"', "sh"]
    command = [*shell, sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    address = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    log = folder / "streamlit.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            [*command, *address], cwd=ROOT, env={**os.environ, **own}, stdout=sink, stderr=subprocess.STDOUT
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    wait_until_up(server)
    return server


def wait_until_up(server: Server) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":  # every other path answers 200 too, with the page
                    return
        except OSError:
            time.sleep(0.1)
    server.process.kill()
    raise RuntimeError(f"streamlit did not start: {server.log.read_text()[-2000:]}")
