"""What the study claims and what was predicted, as questions to the results, and what these answer."""
