"""Lesson files of every kind of question, over made-up runs: what they measure means nothing, its form is real."""

from pathlib import Path

import synthetic

from normlab import lessons
from normlab.lessons import Lesson
from normlab.record import Ended, Status
from normlab.store import Store

_COMMON = """
version = 1
title = "About {key}"
minutes = 3
needs = "Nothing but this."
why = "Because $\\\\sigma$ does **this**."
falsified = "If it had not."
[transfer]
text = "And the other way round?"
[[transfer.option]]
key = "same"
text = "The same"
right = true
reply = "It is symmetric."
[[transfer.option]]
key = "other"
text = "Something else"
reply = "It looks so, and is symmetric."
[[arm]]
key = "none"
name = "no norm"
run = "norms=none&epochs=3"
[[arm]]
key = "bn"
name = "BatchNorm"
run = "norms=bn&epochs=3"
[contrast]
of = "bn"
against = "none"
measure = "train-accuracy"
direction = "higher"
size = 1
written = 2026-11-30
[paper]
title = "Somebody 2015"
place = "table 1"
numbers = "One to two."
url = "https://arxiv.org/abs/1502.03167"
[[link]]
text = "Change it"
to = "?norms=bn"
[picture]
alt = "An empty chart."
lines = ["none", "bn"]
{picture}
[picture.y]
label = "Training accuracy"
low = 0
high = 100
unit = "%"
{axis}
[question]
text = "What happens to **{key}**?"
"""
_EPOCHS = 'varied = "epoch"', '[picture.x]\nlabel = "Epoch"\nlow = 0\nhigh = 3'
_QUESTIONS = {
    "choice": """
[[question.option]]
key = "more"
text = "More, by $\\\\beta$"
value = 60
right = true
reply = "You know why."
[[question.option]]
key = "less"
text = "Less"
value = 20
reply = "It looks like less."
""",
    "number": """
kind = "number"
low = 0
high = 100
step = 1
unit = "%"
tolerance = 3
arm = "bn"
[[question.reply]]
low = 0
high = 100
text = "It looks otherwise."
""",
    "sketch": """
kind = "sketch"
points = [1, 2, 3]
tolerance = 3
arm = "bn"
reply = "It climbs in another way."
""",
}
KINDS = tuple(_QUESTIONS)


def write(folder: Path) -> None:
    """A lesson for each kind of question, named after it."""
    for key, question in _QUESTIONS.items():
        picture, axis = _EPOCHS if key == "sketch" else ("", "")
        text = _COMMON.replace("{key}", key).replace("{picture}", picture).replace("{axis}", axis)
        (folder / f"{key}.toml").write_text(text + question, encoding="utf-8")


def keep(store: Store, lesson: Lesson) -> None:
    """The runs that it needs."""
    for config in lessons.missing(lesson, store):
        with store.begin(config) as attempt:
            for event in synthetic.events(config):
                attempt.append(event)
            attempt.commit(Ended(Status.FINISHED))
