"""How fast training is, measured against the usual way to write it."""
