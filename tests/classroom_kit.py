"""Questions as a class asks them, and a clock that stands still."""

from dataclasses import dataclass

from normlab.classroom import Question


@dataclass
class Clock:
    """Seconds since the epoch, as a test sets them."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


_ALL = {"lesson": "fog", "version": 3, "title": "In the fog", "runs": ("0123456789abcdef",), "generation": 2}
CHOICE = Question(
    public={
        "kind": "choice",
        "key": "which",
        "text": "Contrast × 0.3: black turns gray, white turns gray. <b>Which suffers most?</b>",
        "options": [{"key": "a", "text": "No norm: it has no protection"}, {"key": "b", "text": "BatchNorm"}],
    },
    reveal={
        "right": "b",
        "replies": {"a": "It secretly has none to lose.", "b": "It secretly measures fog as dimness."},
        "sentence": "BatchNorm secretly falls to 37 %.",
    },
    **_ALL,
)
NUMBER = Question(
    public={
        "kind": "number",
        "key": "how-many",
        "text": "How much is left?",
        "low": 0,
        "high": 100,
        "step": 1,
        "unit": "%",
        "scale": "linear",
    },
    reveal={
        "value": 37.0,
        "values": [31.0, 37.0, 44.0],
        "sentence": "37 %, secretly.",
        "tolerance": 4.0,
        "replies": [
            {"low": 0, "high": 30, "text": "It secretly keeps more."},
            {"low": 41, "high": 100, "text": "Less!"},
        ],
    },
    **_ALL,
)
EXPERIMENT = Question(
    lesson="who-learns",
    version=1,
    title="How many will learn?",
    public={
        "kind": "experiment",
        "key": "experiment",
        "text": "Your own network: how many percent will it get right?",
        "low": 0,
        "high": 100,
        "step": 1,
        "unit": "%",
        "scale": "linear",
        "arms": [
            {"name": "no norm", "settings": "norms:none,epochs:2,train_size:100", "color": ["#5f626b", "#a6a6a2"]},
            {"name": "BatchNorm", "settings": "norms:bn,epochs:2,train_size:100", "color": ["#0072b2", "#6ea4f5"]},
        ],
        "epochs": 2,
        "seconds": 1.5,
        "workers": 1,
        "learned": 50.0,
    },
    reveal={"stored": [[10.0, 11.5, 91.25], [97.5, 98.0, 98.25]]},
)
SKETCH = Question(
    public={
        "kind": "sketch",
        "key": "curve",
        "text": "Draw the accuracy over the contrast.",
        "x": {"label": "contrast", "low": 0, "high": 1, "unit": "", "scale": "linear"},
        "y": {"label": "accuracy", "low": 0, "high": 100, "unit": "%", "scale": "linear"},
        "points": [0.0, 0.5, 1.0],
    },
    reveal={
        "curve": [10.0, 60.0, 98.0],
        "sentence": "It secretly bends.",
        "tolerance": 10.0,
        "reply": "Fog secretly hurts early.",
    },
    **_ALL,
)
