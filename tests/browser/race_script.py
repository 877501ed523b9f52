"""A page that holds the race alone, and says where it rests."""

import streamlit as st

from normlab.app import race
from normlab.app.fragments import fragment


def draw() -> None:
    race.show()
    st.write(f"rests {race.rest()}")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    fragment(draw)()
