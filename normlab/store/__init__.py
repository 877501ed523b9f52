"""Run folders: claimed, appended to, committed; read, verified, listed, set aside. Knows nothing of torch.

A run folder is named by its run id and holds `config.json`, `events.jsonl` (append-only, each line with its attempt),
`tensors.safetensors`, and, written last in one step, `record.json`: the proof that the run has ended.
"""

from normlab.store.attempt import AlreadyFinished, Attempt
from normlab.store.box import Box, FolderBox
from normlab.store.claim import BEAT_SECONDS, STALE_SECONDS, AlreadyClaimed, is_gone, this_host
from normlab.store.layout import RECORD, Damage, StoreProblem, is_sha256, json_bytes, sha256, write_whole
from normlab.store.representative import representative
from normlab.store.run import Run, RunSummary, SetAside
from normlab.store.shelf import Shelf, put_into_packs
from normlab.store.shipping import MANIFEST, Entry, named, read_manifest, read_packs, ship, write_manifest
from normlab.store.store import Store

__all__ = [
    "BEAT_SECONDS",
    "MANIFEST",
    "RECORD",
    "STALE_SECONDS",
    "AlreadyClaimed",
    "AlreadyFinished",
    "Attempt",
    "Box",
    "Damage",
    "Entry",
    "FolderBox",
    "Run",
    "RunSummary",
    "SetAside",
    "Shelf",
    "Store",
    "StoreProblem",
    "is_gone",
    "is_sha256",
    "json_bytes",
    "named",
    "put_into_packs",
    "read_manifest",
    "read_packs",
    "representative",
    "sha256",
    "ship",
    "this_host",
    "write_manifest",
    "write_whole",
]
