"""One file a panel: `show(run, pinned, dark=...)` draws what is known of a run so far.

A panel draws the same number of elements while a run trains, so that the browser updates its charts in place. Whatever
it says about a result is computed from the run.
"""
