"""Draw: the pad, its state, and what each network makes of the drawing."""
