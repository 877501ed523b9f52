"""The class' own experiment as the teacher chooses and leads it: two settings, a run for everybody, one verdict."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from normlab import lessons, numerals
from normlab.app.classroom import room
from normlab.app.shell import cached, widgets
from normlab.app.shell.words import plain
from normlab.charts.theme import in_both, run_colors
from normlab.choices import Dataset
from normlab.classroom import (
    EXPERIMENT,
    FEWEST_RUNS,
    MOST_RUNS,
    BadQuestion,
    Phase,
    Place,
    Question,
)
from normlab.compare import LEARNED, arm_text, read_arm
from normlab.config import RunConfig
from normlab.errors import NormlabError
from normlab.generation import GENERATION
from normlab.identity import base, run_id
from normlab.labels import config_labels, settings_text
from normlab.lessons import Lesson
from normlab.settings import differences, flat
from normlab.stresses import Stress

MOST_EPOCHS, MOST_STEPS = 20, 500
"""Of a run that a class waits for: a second or a few, on digits."""
_SHIPPED = range(10)
_RUNS, _LESSON, _LINK = "console-runs", "experiment-lesson", "experiment-link"
_TOO_LONG = (
    f"A class trains digits only, with at most {MOST_EPOCHS} epochs and {MOST_STEPS} steps a run: "
    "choose smaller settings."
)


def offered() -> dict[str, Lesson]:
    """By name the lessons whose contrast a class can measure itself; none where nothing is trained."""
    if not cached.engine().workers:
        return {}
    return {
        f"{lesson.title} · class experiment": lesson
        for lesson in (*lessons.shipped(), *lessons.own().found.values())
        if all(
            lesson.arm(key).stress == Stress() and _is_short(lesson.arm(key).config)
            for key in (lesson.contrast.against, lesson.contrast.of)
        )
        and lesson.contrast.measure is lessons.Measure.ACCURACY
    }


def of_lesson(lesson: Lesson) -> Question:
    """Its contrast, measured by the class. Raises `BadQuestion`."""
    arms = [lesson.arm(key) for key in (lesson.contrast.against, lesson.contrast.of)]
    return _question(lesson.key, lesson.version, lesson.title, [arm.name for arm in arms], [arm.config for arm in arms])


def of_link(text: str) -> Question:
    """The first two settings of a link to Compare. Raises `BadQuestion` in a sentence if it has none, or others."""
    query = dict(parse_qsl(urlsplit(text.strip()).query))
    if not {"a", "b"} <= query.keys():
        raise BadQuestion("This is no link to a comparison: on Compare choose two settings, then copy the address.")
    read = [read_arm(query[name]) for name in "ab"]
    if wrong := [error for _, _, errors in read for error in errors]:
        raise BadQuestion(str(wrong[0]))
    configs = [base(config) for config, _, _ in read]
    if configs[0] == configs[1]:
        raise BadQuestion("Both settings of this link are the same: choose two that differ.")
    names = config_labels(configs)
    return _question("compare", 1, " or ".join(names), names, configs)


def _is_short(config: RunConfig) -> bool:
    return (
        config.data.dataset is Dataset.DIGITS
        and config.optim.epochs <= MOST_EPOCHS
        and config.steps <= MOST_STEPS
        and not cached.limits().exceeded(config)
    )


def _question(key: str, version: int, title: str, names: Sequence[str], configs: Sequence[RunConfig]) -> Question:
    configs = [base(config) for config in configs]
    if not all(map(_is_short, configs)):
        raise BadQuestion(_TOO_LONG)
    engine = cached.engine()
    if not engine.workers:
        raise BadQuestion("Nothing is trained here (NORMLAB_WORKERS=0): a class can measure nothing.")
    seconds = [engine.estimate(config) for config in configs]
    colors = run_colors(configs)
    public = {
        "kind": EXPERIMENT,
        "key": EXPERIMENT,
        "text": "What test accuracy will <b>yours</b> reach?<br>"
        f"{html.escape(_capital(' or '.join(names)))}{html.escape(_shared(configs))}",
        "low": 0,
        "high": 100,
        "step": 1,
        "unit": "%",
        "scale": "linear",
        "epochs": max(config.optim.epochs for config in configs),
        "seconds": round(max([one for one in seconds if one is not None], default=3.0), 1),
        "workers": engine.size(),
        "learned": LEARNED,
        "arms": [
            {"name": name, "settings": arm_text(config), "color": in_both(color)}
            for name, config, color in zip(names, configs, colors, strict=True)
        ],
    }
    return Question(
        lesson=key,
        version=version,
        title=f"{title} · class experiment",
        public=public,
        reveal={"stored": [_stored(config) for config in configs]},
        generation=GENERATION,
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _shared(configs: Sequence[RunConfig]) -> str:
    """ ", learning rate 0.1": what both have, and is not usual."""
    values = [flat(config) for config in configs]
    unusual = [name for name in differences(configs[0]) if values[0][name] == values[1][name] and name != "norms"]
    return f", {settings_text(configs[0], unusual)}" if unusual else ""


def _stored(config: RunConfig) -> list[float]:
    """Test accuracies in percent of the seeds that ship, which are shown beside the class' and never among them."""
    found = []
    for seed in _SHIPPED:
        for same in lessons.as_good(replace(config, seed=seed)):
            summary = cached.store().ended(run_id(same))
            if summary and summary.shipped and summary.record and summary.record.test_accuracy is not None:
                found.append(round(100 * summary.record.test_accuracy, 2))
                break
    return found


def ask_runs(view: Mapping[str, Any], seen: Place) -> None:
    """Before it is opened: how many runs it has."""
    if seen.phase is Phase.LOBBY:
        widgets.number_input(
            "Runs", FEWEST_RUNS, MOST_RUNS, None, 2, key=_RUNS, placeholder=str(_usual(view["here"])), width=150
        )


def advise(view: Mapping[str, Any], seen: Place) -> None:
    """What to know at this step, and what keeps runs from being trained."""
    st.caption(_advice(seen.phase, planned(view), view["question"], view.get("experiment"), view["answered"]))
    if seen.phase is Phase.RUNNING and (problem := room.problem()):
        st.warning(plain(problem, 400))


def planned(view: Mapping[str, Any]) -> int:
    """Its runs, or as many as are asked for."""
    return int(view["experiment"]["runs"]) if view.get("experiment") else _asked_for(view["here"])


def _usual(here: int) -> int:
    """A run for each who is there."""
    return min(MOST_RUNS, max(FEWEST_RUNS, here + here % 2))


def _asked_for(here: int) -> int:
    typed = st.session_state.get(_RUNS)
    return _usual(here) if typed is None else int(typed) + int(typed) % 2


def _advice(phase: Phase, runs: int, public: Mapping[str, Any], all_: Mapping[str, Any] | None, answered: int) -> str:
    if phase is Phase.LOBBY or all_ is None:
        seconds = numerals.number(public["seconds"], 1)
        whole = round(runs * public["seconds"] / public["workers"])
        at_a_time = "one" if public["workers"] == 1 else str(public["workers"])
        return (
            f"{runs} runs of about {seconds} s, {at_a_time} at a time: about {whole} s. Open hands them out; above "
            f"{MOST_RUNS} students share."
        )
    if phase is Phase.OPEN:
        return f"{all_['owned']} of {runs} runs have an owner, {answered} have predicted. All start together."
    if phase is Phase.RUNNING:
        return (
            f"{all_['ended']} of {runs} runs are in. The verdict comes once, with the last of them; if you finish now, "
            "with what is in, and the wall says so."
        )
    lost = f" {all_['lost']} could not be trained." if all_["lost"] else ""
    return f"{len(all_['dots'])} runs are in the verdict.{lost} Hollow dots on the wall: seeds that ship, not counted."


def add(said: str, code: str, secret: str, *, is_over: bool) -> None:
    """A popover that adds an experiment to the class."""
    with st.popover("Add an experiment", disabled=is_over or not cached.engine().workers):
        st.markdown("Everybody trains one run of two settings. It comes after the other questions.")
        widgets.selectbox("From a lesson", list(offered()), None, key=_LESSON)
        widgets.text_input("Or a link to Compare (its first two settings)", key=_LINK, max_chars=4_000)
        widgets.button("Add", key="experiment-add", on_click=_add, args=(said, code, secret))


def _add(said: str, code: str, secret: str) -> None:
    """Callback."""
    link, lesson = st.session_state.get(_LINK, "").strip(), offered().get(st.session_state.get(_LESSON) or "")
    try:
        if link:
            question = of_link(link)
        elif lesson:
            question = of_lesson(lesson)
        else:
            raise BadQuestion("Choose a lesson, or paste a link to Compare.")
        position = room.classes().add(code, secret, question)
    except NormlabError as problem:
        st.session_state[said] = str(problem)
        return
    st.session_state[_LINK] = ""
    st.session_state[said] = f"Added as question {position + 1}."
