"""The lab: choose a configuration, see its run, or train it. `page` draws it, each of `panels/` one view of a run."""
