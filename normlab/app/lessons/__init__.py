"""Lessons: predict, commit, reveal."""
