"""What the Study page shows: in the address, and kept between pages."""

from normlab.app.shell.views import FULL, ZOOM, one_of, seed
from normlab.app.shell.words import slug
from normlab.study.claims.expected import EXPECTATIONS
from normlab.study.claims.questions import Answer
from normlab.study.plan.grids import BY_NAME
from normlab.study.results.curves import CURVES
from normlab.study.results.published import EXPERIMENTS

SECTIONS = ("Result", "Curves", "Claims", "Swings", "Predictions", "Images", "Networks", "Logs")
STUDY = "study"
"""The grid that repeats the study's recipe; and, of its logs, the one that the study published itself."""

_OURS = tuple(arm.name for arm in BY_NAME[STUDY].arms())
_PUBLISHED = tuple(experiment.arm for experiment in EXPERIMENTS)
_GROUPS = tuple(dict.fromkeys(expectation.group for expectation in EXPECTATIONS))

ALL = "all"
SECTION = one_of("study", "section", SECTIONS)
CURVE = one_of("study", "curve", CURVES, lambda curve: slug(curve.name))
ANEW = one_of("study", "reestimated", (False, True))
AXIS = one_of("study", "axis", (FULL, ZOOM))
VERDICT = one_of("study", "verdict", (ALL, *Answer))
SEED = seed("study")
GROUP = one_of("study", "group", _GROUPS, is_open=True)
IMAGES = one_of("study", "images", (STUDY, "lesson"), is_open=True)
NETWORK = one_of("study", "network", _PUBLISHED, str)
ARM = one_of("study", "arm", (*_PUBLISHED, *(name for name in _OURS if name not in _PUBLISHED)), str)
RUN = seed("study", "run", STUDY)
VIEWS = (SECTION, CURVE, ANEW, AXIS, VERDICT, SEED, GROUP, IMAGES, NETWORK, ARM, RUN)
