"""A page with nothing but the ruler of the run that its address names, for the tests of the drawing."""

from dataclasses import asdict

import streamlit as st

from normlab.app.ruler import of_run
from normlab.app.ruler.of_run import Shown
from normlab.app.shell import cached
from normlab.config import RunConfig
from normlab.settings import changed

st.set_page_config(layout="wide")
norms = tuple(name for name in st.query_params.get("norms", "bn").split("+") if name != "none")
run = cached.run(changed(RunConfig(), {"norms": norms, "l2": float(st.query_params.get("l2", 0))}))
assert run is not None
shown = st.session_state.setdefault("shown", Shown())
of_run.show(run, None, shown, lambda asked: st.session_state.update(shown=asked))
st.code(asdict(shown), language=None)
