"""The page's script: a server runs it for each visitor, and again at every click."""

import streamlit as st

from normlab.app import address, appearance, brand, cached, descriptors, mishap, tab
from normlab.app.pages import compare, data, draw, lab, study, worksheet


def show() -> None:
    """Draw the page that the address names."""
    descriptors.allow_more()
    mishap.watch()
    st.set_page_config(page_title="normlab", page_icon=brand.mark(dark=False), layout="wide")
    page = st.navigation(
        [
            st.Page(lab.show, title="Lab", icon=":material/science:", url_path="lab", default=True),
            st.Page(compare.show, title="Compare", icon=":material/compare:", url_path="compare"),
            st.Page(study.show, title="Study", icon=":material/history_edu:", url_path="study"),
            st.Page(worksheet.show, title="Worksheet", icon=":material/grid_on:", url_path="worksheet"),
            st.Page(draw.show, title="Draw", icon=":material/draw:", url_path="draw"),
            st.Page(data.show, title="Data & storage", icon=":material/database:", url_path="data"),
        ],
        position="top",
    )
    address.arrive(page.url_path)
    appearance.style()
    dark = appearance.is_dark()
    st.logo(brand.logo(dark=dark), icon_image=brand.mark(dark=dark), size="large")
    cached.looks().begin(cached.session_id())
    with st.container():  # so that what follows has its place on every page
        page.run()
    tab.show(address.of_pages())
    appearance.tools()
    cached.settle_memory()


if __name__ == "__main__":  # a process that is started from here must not draw the page again
    show()
