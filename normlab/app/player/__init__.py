"""Recorded epochs, played in the browser."""
