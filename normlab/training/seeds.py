"""Random numbers of a run: one generator for each purpose, so that none disturbs another."""

import zlib

import torch


def generator(seed: int, purpose: str) -> torch.Generator:
    """A generator for one purpose ("weights", "order", ...) of the run with this seed.

    Runs of one seed share their streams purpose by purpose: the same batch order with every norm, for example.
    """
    return torch.Generator().manual_seed(zlib.crc32(f"{seed}/{purpose}".encode()))
