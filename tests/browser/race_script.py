"""A page that holds the race alone."""

import streamlit as st

from normlab.app.lab import race
from normlab.app.shell.fragments import fragment


def draw() -> None:
    race.show()
    st.write(f"rests {race.rest()}")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    fragment(draw)()
