"""Which changes between two waves are called: the false discovery rate held over all schools of the district."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr

RATE = 0.05  #: expected share of wrong calls among the calls on one scale


def call(change: pd.Series, standard_error: pd.Series, df: pd.Series, rate: float = RATE) -> pd.Series:
    """1 for a rise that is called, -1 for a drop, 0 for what is not called; by school, with the index given.

    change: difference of two plain means; standard_error, df: its standard error and degrees of freedom.
    A change is called when its p-value (Student's t, two-sided) passes Benjamini and Hochberg's (1995) step-up
    procedure over all schools given. Without an error or a degree of freedom nothing is called.

    Raises ValueError for unequal indexes.
    """
    if not (change.index.equals(standard_error.index) and change.index.equals(df.index)):
        raise ValueError("change, standard_error and df must have the same index, in the same order")
    usable = (standard_error > 0) & (df >= 1) & change.notna()
    t = change[usable].abs() / standard_error[usable]
    p = 2 * stdtr(df[usable].to_numpy(dtype=float), -t.to_numpy(dtype=float))
    called = pd.Series(0, index=change.index)
    if len(p):
        ordered = np.sort(p)
        passing = np.flatnonzero(ordered <= rate * np.arange(1, len(p) + 1) / len(p))
        if len(passing):
            called[usable] = np.where(p <= ordered[passing[-1]], np.sign(change[usable]), 0).astype(int)
    return called
