"""The page's script: a server runs it for each visitor, and again at every click."""

import streamlit as st

from normlab.app.classroom.join import PAGE as JOIN
from normlab.app.classroom.page import PAGE as CLASS
from normlab.app.compare.page import PAGE as COMPARE
from normlab.app.data.page import PAGE as DATA
from normlab.app.draw.page import PAGE as DRAW
from normlab.app.lab import tour
from normlab.app.lab.page import PAGE as LAB
from normlab.app.lessons.page import PAGE as LESSONS
from normlab.app.shell import address, appearance, brand, cached, descriptors, mishap, tab
from normlab.app.stress.page import PAGE as STRESS
from normlab.app.study.page import PAGE as STUDY
from normlab.app.worksheet.page import PAGE as WORKSHEET

PAGES = (LAB, STRESS, LESSONS, CLASS, COMPARE, STUDY, WORKSHEET, DRAW, DATA, JOIN)  # in the order of the menu


def show() -> None:
    """Draw the page that the address names."""
    descriptors.allow_more()
    mishap.watch()
    st.set_page_config(page_title="normlab", page_icon=brand.mark(dark=False), layout="wide")
    shown = st.navigation(
        [
            st.Page(
                page.show,
                title=page.title,
                icon=page.icon,
                url_path=page.path or "lab",
                default=not page.path,
                visibility="hidden" if page.is_hidden else "visible",
            )
            for page in PAGES
        ],
        position="top",
    )
    address.arrive(shown.url_path, next(page.state_of for page in PAGES if page.path == shown.url_path))
    appearance.style()
    dark = appearance.is_dark()
    st.logo(brand.logo(dark=dark), icon_image=brand.mark(dark=dark), size="large")
    cached.looks().begin(cached.session_id())
    with st.container():  # so that what follows has its place on every page
        shown.run()
    tab.show(address.of_pages())
    with appearance.tools():
        tour.button()
    tour.card()
    appearance.guard()
    cached.settle_memory()


if __name__ == "__main__":  # a process that is started from here must not draw the page again
    show()
