"""Simulations of how often the intervals hold what they promise."""
