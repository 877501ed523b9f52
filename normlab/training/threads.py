"""How many threads a training has.

The kernels divide their work among that many; torch, which then has only small things to do, gets one: its threads wait
awake for more, and would take the cores from the kernels'. Without kernels torch gets them all.
"""

import torch

try:
    import numba  # noqa: F401  # only whether it is there
except ImportError:  # missing, or too old for this numpy
    HAS_KERNELS = False
else:
    HAS_KERNELS = True

_chosen: int | None = None


def use(count: int) -> None:
    """From now on."""
    global _chosen
    _chosen = count
    torch.set_num_threads(1 if HAS_KERNELS else count)


def count() -> int:
    """What was chosen last, or else what torch has."""
    return _chosen or torch.get_num_threads()
