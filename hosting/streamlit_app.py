"""The app's file for Streamlit Community Cloud, which reads the requirements.txt beside it (CPU builds of PyTorch).

The limits beside it hold unless `NORMLAB_LIMITS` names others.
"""

import os
import runpy
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("NORMLAB_LIMITS", str(Path(__file__).with_name("limits.toml")))
    runpy.run_path(str(Path(__file__).parents[1] / "streamlit_app.py"), run_name="__main__")
