"""The teacher's console: a page of the app."""
