"""One file a panel: `show(run, pinned, epoch=...)` draws what is known of a run at an epoch.

`epoch` is the one that the page shows, 0 before training; None stands for the newest of a run that trains.

A panel draws the same number of elements while a run trains, so that the browser updates its charts in place. Whatever
it says about a result is computed from the run.
"""
