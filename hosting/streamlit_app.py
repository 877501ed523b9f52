"""The app's file for Streamlit Community Cloud, which reads the requirements.txt beside it (CPU builds of PyTorch)."""

import runpy
from pathlib import Path

if __name__ == "__main__":
    runpy.run_path(str(Path(__file__).parents[1] / "streamlit_app.py"), run_name="__main__")
