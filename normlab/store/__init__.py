"""Run folders: claimed, appended to, committed; read, verified, listed, set aside. Knows nothing of torch.

A run folder is named by its run id and holds `config.json`, `events.jsonl` (append-only, each line with its attempt),
`tensors.safetensors`, and, written last in one step, `record.json`: the proof that the run has ended.
"""

from normlab.store.attempt import AlreadyFinished, Attempt
from normlab.store.box import Box, FolderBox
from normlab.store.claim import AlreadyClaimed
from normlab.store.layout import Damage, StoreProblem
from normlab.store.representative import representative
from normlab.store.run import Run, RunSummary, SetAside
from normlab.store.shelf import Shelf, put_into_packs
from normlab.store.shipping import named, read_manifest, ship, write_manifest
from normlab.store.store import Store

__all__ = [
    "AlreadyClaimed",
    "AlreadyFinished",
    "Attempt",
    "Box",
    "Damage",
    "FolderBox",
    "Run",
    "RunSummary",
    "SetAside",
    "Shelf",
    "Store",
    "StoreProblem",
    "named",
    "put_into_packs",
    "read_manifest",
    "representative",
    "ship",
    "write_manifest",
]
