"""The commands that install normlab, as the README has them: a test compares."""

EVERYTHING = "pip install --editable ."
"""In the project's folder."""

TORCH = "pip install --upgrade torch torchvision --index-url https://download.pytorch.org/whl/cpu"
"""A pair that fits, as small builds for the CPU."""
