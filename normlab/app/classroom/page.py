"""The page of who teaches: opens a class, and is its console."""

import streamlit as st

from normlab.app.classroom import console, opening
from normlab.app.classroom.keeper import CONSOLE
from normlab.app.shell import page
from normlab.app.shell.page import Page


def _draw() -> None:
    st.title("Class", anchor=False)
    page.complain()
    CONSOLE.show()
    if not CONSOLE.is_told:
        st.caption("One moment: this browser is asked whether it has a class.")
    elif mine := CONSOLE.held:
        if CONSOLE.has_refused:
            st.warning(
                "This browser has this class already. To take over another one, delete this one first or use another "
                "browser. The link is still good."
            )
        console.show(*mine)
    else:
        opening.show()


PAGE = Page("class", "Class", ":material/groups:", _draw, needs_store=True)
