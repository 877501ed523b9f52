"""Compare: several settings side by side. `picks` and `views` are its state, the others one section or part each."""
