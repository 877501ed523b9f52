"""Frames -> chart specifications.

Every chart is a function that returns a Vega-Lite specification without data, built once and kept: while a run trains,
the page sends new rows to an unchanged specification, and the browser moves the lines instead of building a new chart.
So a specification depends on nothing that the rows say; axes have explicit limits, chosen in coarse steps by `scales`.
Beside each chart stands the function for its text alternative, which does read the rows.
"""
