"""How many threads a run gets. They are fixed when it starts, and change its speed, not its digits."""

from collections.abc import Sequence
from dataclasses import dataclass

from normlab import cores


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a process brings to the queue: runs it can execute at a time, and its machine's cores.

    `threads` is the number for every run; without it a lone run gets all cores and runs side by side share them.
    """

    workers: int
    cores: int
    threads: int | None = None

    @classmethod
    def here(cls, workers: int, threads: int | None = None) -> "Capacity":
        return cls(workers, cores.available(), threads)

    def share(self, crowd: int, executing: Sequence[int], workers: int) -> int:
        """The threads of the next run, or 0 if it has to wait until cores are free.

        `crowd` runs execute or wait on this machine, with it, for `workers` workers; `executing` are the threads of
        those that execute. Single-threaded runs may be more than the cores. One with several threads shares a core with
        nobody: its threads wait for one another by spinning, and two runs, one after the other, end sooner.
        """
        if self.threads is not None:
            return self.threads
        side_by_side = max(1, min(crowd, workers))
        threads = max(1, min(cores.MOST, self.cores // side_by_side))
        is_crowded = sum(executing) + threads > self.cores and max((threads, *executing)) > 1
        return 0 if executing and is_crowded else threads
