"""Study: the study and its repetition. `views` is its state, each other file a section."""
