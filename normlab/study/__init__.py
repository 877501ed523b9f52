"""The study, repeated: which runs and measurements belong to it, as data, and how far they are. Nothing here trains."""
