"""Stress: trained networks where they were not trained to be, side by side."""
