"""A page that holds the race alone."""

import streamlit as st

from normlab.app.lab import race

if __name__ == "__main__":
    st.set_page_config(layout="wide")
    race.show()
    st.write(f"rests {race.rest()}")
