"""The app's file for Streamlit Community Cloud, which reads the requirements.txt beside it (CPU builds of PyTorch).

The limits beside it hold unless `NORMLAB_LIMITS` names others, and a class needs `NORMLAB_CLASS_KEY`. A host that knows
no app objects runs this file as the page's script.
"""

import os
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # normlab itself is not installed there
    sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("NORMLAB_LIMITS", str(HERE / "limits.toml"))
os.environ.setdefault("NORMLAB_CLASS", "key")  # strangers come here

from normlab.app import service  # noqa: E402
from normlab.app.classroom import room  # noqa: E402
from normlab.app.script import main  # noqa: E402
from normlab.web import routes  # noqa: E402

app = st.App(main.__file__, lifespan=service.lifespan, routes=routes(st.get_option("server.baseUrlPath"), room.classes))

if __name__ == "__main__":
    main.show()
