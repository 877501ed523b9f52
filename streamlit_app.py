"""The app: `streamlit run streamlit_app.py` serves the page, and what stands beside it.

A host that knows no app objects runs this file as the page's script.
"""

import streamlit as st

from normlab.app import service
from normlab.app.classroom import room
from normlab.app.script import main
from normlab.web import routes

app = st.App(main.__file__, lifespan=service.lifespan, routes=routes(st.get_option("server.baseUrlPath"), room.classes))

if __name__ == "__main__":
    main.show()
