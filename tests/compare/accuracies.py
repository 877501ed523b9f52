"""Test accuracies in percent as they were once trained: frozen, so that tests of the rule hold whatever ships."""

BN = [97.25, 98.5, 98.625, 98.875, 98.0, 98.5, 98.875, 98.625, 98.625, 98.125]
"""Digits, ten seeds."""
NO_NORM = [96.875, 97.75, 97.375, 97.125, 96.125, 96.5, 97.0, 97.0, 95.5, 10.125]
"""Digits, ten seeds: the last one stays at chance."""
NO_NORM_L1_L2 = [97.375, 97.25, 97.375, 95.5, 96.25, 96.375, 97.0, 97.625, 96.5, 44.0]
"""Digits, ten seeds: the last one is stuck halfway."""

STUDY = {
    "bn": ([99.46, 99.45, 99.48], [95.62, 95.94, 88.0], [99.49, 99.51, 99.51]),
    "ln": ([99.43, 99.42, 99.42], [91.88, 90.32, 9.8], [99.41, 99.44, 99.48]),
    "gn": ([99.37, 99.39, 99.37], [92.41, 93.17, 93.1], [99.36, 99.49, 99.44]),
    "none": ([99.29, 99.32, 99.26], [9.8, 9.8, 9.8], [99.24, 99.3, 99.13]),
}
"""The study's recipe on MNIST, three seeds: without a penalty, with L1, with L2."""
