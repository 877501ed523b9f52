"""A classroom on one machine: `make loadtest`. Prints what was measured beside its goals; exit code 1 if one is missed.

Only the loopback address is used, the store is a temporary one, and every part is bounded in time.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import classroom
import report
from server import serve

from normlab.choices import Dataset
from normlab.record import Status
from normlab.store import Store

_FEWEST = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="make loadtest", description=__doc__)
    parser.add_argument("--visitors", type=int, default=30, help="sessions that are open at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they work")
    parser.add_argument("--workers", type=int, default=1, help="processes that train")
    chosen = parser.parse_args()
    store = Store.open()
    shipped = [run.config for run in store.list() if run.shipped and run.status is Status.FINISHED]
    shipped = [config for config in shipped if config.data.dataset is Dataset.DIGITS]
    if store.shipped is None or len(shipped) < _FEWEST:
        print(f"The load test needs at least {_FEWEST} runs on digits that ship; `normlab rebuild` trains them.")
        return 1
    bare = report.bare_torch_megabytes()
    with tempfile.TemporaryDirectory(prefix="normlab-load-") as folder:
        server = serve(Path(folder), store.shipped, chosen.workers)
        try:
            lesson = classroom.Lesson(server.url, Path(folder) / "store", shipped, chosen.visitors, chosen.seconds)
            measured = asyncio.run(lesson.teach())
            memory = report.memory(server.pid, bare)
        finally:
            server.end()
        lines = report.rows(measured, memory, log=server.log.read_text(encoding="utf-8"))
    report.print_rows(lines)
    return 0 if all(line.is_good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
