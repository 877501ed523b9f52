"""The ruler: what a norm does to the values of one channel, drawn so that it moves.

`picture` says what the drawing takes, as plain data; `ruler` draws it; `of_run` makes it from a run, `of_sheet` from
a worksheet. Whoever has other values (a stress, a lesson) makes a `Picture` of their own.
"""
