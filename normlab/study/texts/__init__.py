"""Writes what came out: docs/findings.md, docs/overview.md, a section of docs/teachers.md, and the pictures."""
