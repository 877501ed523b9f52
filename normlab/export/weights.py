"""A run's trained weights as a file that PyTorch loads, and the lines that load it."""

import numpy as np
from safetensors.numpy import save

from normlab.settings import to_query
from normlab.store import Run
from normlab.templates import render
from normlab.titles import title


def file_name(run: Run, ending: str) -> str:
    """ "normlab_67d6291b301412df.py"; without its ending it is a name that Python can import."""
    return f"normlab_{run.run_id}{ending}"


def weights_file(run: Run) -> bytes:
    """The weights and BatchNorm's memory after the last epoch as safetensors.

    Names are those of `StudyNet`'s and of the script's state dict; the metadata hold run id, title and settings.

    Raises:
        KeyError: if the run has not ended.
    """
    kept = run.snapshot_epochs()
    if not kept:
        raise KeyError(f"{run.run_id} has not ended: its weights are not kept yet")
    arrays = {name: np.ascontiguousarray(array) for name, array in run.snapshot(kept[-1]).weights.items()}
    settings = " ".join(f"{name}={value}" for name, value in to_query(run.config, every=True).items())
    about = {"run": run.run_id, "title": title(run.config), "epoch": str(kept[-1]), "settings": settings}
    return bytes(save(arrays, metadata=about))


def loading_code(run: Run) -> str:
    """Loads the weights into the network of the run's script, and tests it; needs torch and safetensors."""
    script = file_name(run, "")
    return render(__package__, "loading.py", script=script, weights=file_name(run, ".safetensors"))
