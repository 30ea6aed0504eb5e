"""Cyclebook: a school district's workbook of climate, norms, cycles and evaluation."""

__version__ = "0.1.0"
