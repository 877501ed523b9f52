"""The machine a run is made on: written into its record, not into its identity."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import torch

from normlab import cores, installation
from normlab.generation import GENERATION
from normlab.training import threads


@dataclass(frozen=True, slots=True)
class Here:
    """What decides the digits of a run that is trained now (`normlab.generation.Origin`)."""

    generation: int
    processor: str
    versions: Mapping[str, str]


def here() -> Here:
    return Here(GENERATION, processor(), versions())


def torchvision_problem() -> str:
    """Why torchvision cannot be used, as one sentence with the mend; "" if it can."""
    try:
        import torchvision  # noqa: F401  # only its import is tried
    except Exception as error:  # a build that does not fit torch fails in ways of its own
        cause = str(error).strip().splitlines() or [type(error).__name__]
        return f"torchvision cannot be imported ({cause[0]}): install a pair that fits with `{installation.TORCH}`."
    return ""


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"


@cache
def processor() -> str:
    """Its name, and whatever changes the machine code that numba and torch run on it, by spaces."""
    by_torch = f"torch-{torch.backends.cpu.get_cpu_capability()}"
    if not threads.HAS_KERNELS:
        return f"{platform.machine() or 'unknown'} {by_torch}"
    from numba.core.registry import cpu_target

    triple, name, features = cpu_target.target_context.codegen().magic_tuple()
    enabled = sorted(feature[1:] for feature in features.split(",") if feature.startswith("+"))
    return " ".join([name, triple, by_torch, *enabled])


def versions() -> Mapping[str, str]:
    """Of what computes; numba and LLVM are among them where the kernels do."""
    names = ("normlab", "torch", "numpy", *(("numba",) if threads.HAS_KERNELS else ()))
    installed = {name: version(name) for name in names}
    return {**installed, **_llvm(), "python": platform.python_version()}


def _llvm() -> Mapping[str, str]:
    if not threads.HAS_KERNELS:
        return {}
    from llvmlite import binding  # type: ignore[import-untyped]

    return {"llvm": ".".join(map(str, binding.llvm_version_info))}


def use_all_cores() -> None:
    """For a command that computes alone. A run's own threads are set where it starts."""
    threads.use(cores.for_lone_run())
