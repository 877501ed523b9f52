"""The page without an engine that trains, and what is read off it."""

from dataclasses import dataclass, field

from streamlit.testing.v1 import AppTest

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine import FetchStatus, Ticket
from normlab.identity import run_id


@dataclass
class FakeEngine:
    """Trains nothing; says what it is told to say, and remembers what it was asked."""

    workers: int = 1
    tickets: dict[str, Ticket] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    fetches: dict[Dataset, FetchStatus] = field(default_factory=dict)

    def request(self, config: RunConfig, session: str, visitor: str = "") -> str:
        self.asked.append(run_id(config))
        self.tickets[run_id(config)] = ticket(config, "waiting", position=2, wait_seconds=40.0)
        return run_id(config)

    def size(self) -> int:
        return self.workers

    def problem(self) -> str:
        return ""

    def withdraw(self, name: str, session: str) -> None:
        self.withdrawn.append(name)

    def ticket(self, name: str, session: str | None = None) -> Ticket | None:
        return self.tickets.get(name)

    def estimate(self, config: RunConfig) -> float | None:
        return 20.0

    def fetch(self, dataset: Dataset) -> None:
        self.fetches[dataset] = FetchStatus(dataset, "running", 3_000_000, 12_000_000)

    def fetch_status(self, dataset: Dataset) -> FetchStatus | None:
        return self.fetches.get(dataset)


def ticket(
    config: RunConfig,
    state: str,
    *,
    position: int = 0,
    requesters: int = 1,
    message: str = "",
    wait_seconds: float | None = None,
) -> Ticket:
    return Ticket(
        run_id=run_id(config), state=state, position=position, requesters=requesters, wait_seconds=wait_seconds,
        message=message,
    )  # fmt: skip


def words(at: AppTest) -> str:
    elements = (*at.title, *at.markdown, *at.caption, *at.info, *at.warning, *at.error)
    return "\n".join(str(element.value) for element in elements).replace("\\", "").replace("\N{WORD JOINER}", "")


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def charts(at: AppTest) -> int:
    return len(at.get("vega_lite_chart"))
