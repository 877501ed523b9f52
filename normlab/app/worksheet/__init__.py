"""The parts of the worksheet page: one module a part, and `state`, which all of them read."""
