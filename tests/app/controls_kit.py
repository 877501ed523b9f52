"""Every control of the lab: how a test finds it, and a value to change it to."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from normlab.app.lab import configuration
from normlab.choices import (
    Augmentation,
    BlockNumber,
    Dataset,
    DropoutPlace,
    L1Step,
    Norm,
    Optimizer,
    Schedule,
    Scope,
    Trainable,
    Widths,
)
from normlab.config import RunConfig

OpenApp = Callable[..., AppTest]

SLIDERS = {"dropout": 0.3, "l1": 1e-4, "l2": 3e-3, "label_noise": 0.2, "train_size": 200}
NUMBERS = {
    "lr": 0.02,
    "momentum": 0.5,
    "batch_size": 64,
    "epochs": 3,
    "seed": 12345,
    "bn_momentum": 0.2,
    "ghost_batch": 16,
    "init_scale": 10.0,
    "conv_lr_scale": 100.0,
    "weight_norms": 0.5,
}
CHOICES = {
    "norms": (Norm.LN,),
    "augmentation": Augmentation.STUDY,
    "optimizer": Optimizer.ADAM,
    "dropout_place": DropoutPlace.AFTER_NORM,
    "widths": Widths.EVEN,
    "l1_scope": Scope.GAMMA,
    "l1_step": L1Step.PROXIMAL,
    "l2_scope": Scope.WEIGHTS,
    "groups": 1,
    "norm_blocks": [BlockNumber.ONE, BlockNumber.SIX],
    "trainable": Trainable.NORM,
}
BOXES = {"dataset": Dataset.FASHION_MNIST, "schedule": Schedule.CONSTANT}
TOGGLES = {"validation": False, "study_exact": True, "bn_modes": True}
NEEDS = {
    "l1_scope": {"l1": "0.001"},
    "l1_step": {"l1": "0.001"},
    "l2_scope": {"l2": "0.001"},
    "groups": {"norms": "gn"},
    "study_exact": {"norms": "none"},
}
"""What the address must say for a widget to be there and enabled."""


def key(name: str) -> str:
    """The session key of the setting's control; norms have another one where they are combined."""
    return configuration.ONE if name == "norms" else configuration.key(name)


def choose_norms(at: AppTest, *norms: Norm) -> AppTest:
    """As a reader does: one norm or none with one click; several after a click on *Combine*."""
    if len(norms) > 1:
        at.toggle(key=configuration.COMBINE).set_value(True).run()
        return at.button_group(key=configuration.SEVERAL).set_value([*norms]).run()
    if at.toggle(key=configuration.COMBINE).value:
        at.toggle(key=configuration.COMBINE).set_value(False).run()
    return at.button_group(key=configuration.ONE).set_value(norms[0] if norms else configuration.NO_NORM).run()


def widget(at: AppTest, name: str) -> Any:
    for names, find in (
        (SLIDERS, at.select_slider),
        (NUMBERS, at.text_input),
        (CHOICES, at.button_group),
        (BOXES, at.selectbox),
        (TOGGLES, at.toggle),
    ):
        if name in names:
            return find(key=key(name))
    raise AssertionError(name)


def held(name: str, value: Any) -> Any:
    """The value as the setting's widget holds it: boxes for numbers hold texts, that of the norms holds one."""
    if name == "norms":
        return next(iter(value), configuration.NO_NORM)
    return str(value) if name in NUMBERS else value


def config(at: AppTest) -> RunConfig:
    found: RunConfig = at.session_state["config"]
    return found


def query(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def said(at: AppTest) -> str:
    """The warnings and errors as they are read, without what keeps their markdown from meaning anything."""
    texts = (element.value for element in (*at.warning, *at.error))
    return "\n".join(texts).replace("\\", "").replace("\N{WORD JOINER}", "")


CHANGES: dict[str, Any] = {**SLIDERS, **NUMBERS, **CHOICES, **BOXES, **TOGGLES}
