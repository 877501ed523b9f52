"""Data & storage: the data sets and the runs that are here."""
