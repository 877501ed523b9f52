"""The page where one draws: the pad, its state, and what each network makes of the drawing."""
