"""The torch half: the network, its data, and training as a generator of events."""
