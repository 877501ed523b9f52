"""`normlab list`: every run of the store, and those that ship."""

import argparse

from normlab.cli.common import add_json, percent, print_json, print_table, scores
from normlab.settings import to_query
from normlab.store import Store
from normlab.titles import title

DESCRIPTION = "List every run: those that were trained here, and those that ship with normlab."


def add_options(options: argparse.ArgumentParser) -> None:
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    store = Store.open()
    runs = store.list()
    if chosen.json:
        print_json(
            [
                {
                    "run_id": run.run_id,
                    "title": title(run.config),
                    "status": run.status,
                    "is_shipped": run.shipped,
                    **scores(run.record),
                    "settings": to_query(run.config),
                }
                for run in runs
            ]
        )
        return 0
    rows = [
        (
            run.run_id,
            run.status,
            percent(run.record.test_accuracy if run.record else None),
            "ships" if run.shipped else "here",
            title(run.config),
        )
        for run in runs
    ]
    if rows:
        print_table(("run", "status", "test accuracy", "from", "settings"), rows)
    else:
        print("There are no runs yet: `normlab train` makes one.")
    for aside in store.set_aside():
        print(f"Set aside: {aside.folder}: {aside.reason}")
    return 0
