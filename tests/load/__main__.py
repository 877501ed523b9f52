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
from server import Server, serve
from students import School, Taught

from normlab.choices import Dataset
from normlab.record import Status
from normlab.store import Store

_FEWEST = 8


async def both(lesson: classroom.Lesson, students: int) -> tuple[classroom.Measured, Taught | None]:
    """The lab and, if there are students, a class on phones."""
    if not students:
        return await lesson.teach(), None
    school = School(lesson.url, lesson.store, students)
    return await asyncio.gather(lesson.teach(), school.teach())


async def killed(servers: list[Server], shipped: Path, folder: Path, students: int) -> Taught:
    """A class alone, whose page's process is killed while it answers, and started again at the same address."""
    (server,) = servers
    port = int(server.url.rpartition(":")[2])

    async def restart() -> None:
        server.process.kill()
        await asyncio.to_thread(server.process.wait)
        servers.append(await asyncio.to_thread(serve, folder, shipped, 0, port=port))

    return await School(server.url, folder / "store", students, restart).teach()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make loadtest", description=__doc__)
    parser.add_argument("--visitors", type=int, default=30, help="sessions that are open at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they work")
    parser.add_argument(
        "--students", type=int, default=200, help="of a class on phones, meanwhile and after a kill; 0: none"
    )
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
        servers = [serve(Path(folder), store.shipped, chosen.workers)]
        try:
            url, pid = servers[0].url, servers[0].pid
            lesson = classroom.Lesson(url, Path(folder) / "store", shipped, chosen.visitors, chosen.seconds)
            measured, taught = asyncio.run(both(lesson, chosen.students))
            memory = report.memory(pid, bare)
            log = servers[0].log.read_text(encoding="utf-8")
            again = None
            if chosen.students:
                again = asyncio.run(killed(servers, store.shipped, Path(folder), chosen.students))
        finally:
            for server in servers:
                if server.process.poll() is None:
                    server.end()
        lines = report.rows(measured, memory, log=log, with_class=taught is not None)
    lines += [row for found in (taught, again) if found for row in report.of_class(found)]
    report.print_rows(lines)
    return 0 if all(line.is_good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
