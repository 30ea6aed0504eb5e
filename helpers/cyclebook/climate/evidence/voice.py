"""How evenly people speak in a meeting: turns and words by speaker. No number says who spoke, or why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

#: As a fraction, so that whole words are compared exactly: four of five.
MOST = (4, 5)


class Voice(NamedTuple):
    """One meeting. Shares lie in 0..1; a number that cannot be computed is nan, a count then 0.

    `gini_*`: 0 where all speakers have the same, (speakers - 1)/speakers where one has all. `norm_entropy_*`: 1 where all have the same, 0
    where one has all. `n_for_80pct_*`: the fewest speakers who together have four fifths, the largest first.
    """

    turns: int
    speakers: int
    words: float
    gini_turns: float
    gini_words: float
    norm_entropy_turns: float
    norm_entropy_words: float
    top_share_turns: float
    top_share_words: float
    chair_turn_share: float
    n_for_80pct_turns: int
    n_for_80pct_words: int


def equity_of_voice(
    speaker: Sequence[Any] | pd.Series, words: Sequence[float] | pd.Series, chair: Sequence[float] | pd.Series | None = None
) -> Voice:
    """How evenly turns and words are spread over those who spoke; a row is a turn.

    words: how many in the turn, 0 or more. chair: 1 (or True) where the turn is the chair's, 0 elsewhere; None where that is not
    known (the share is then nan). Turns in which a given column is missing are left out. Those who were there and said nothing are
    not in the data, so that the numbers say nothing of them.

    Gini = sum of (2i - n - 1) x(i) / (n sum x), ascending, without the small-sample correction (Gini 1912; Sen 1973); entropy over its largest value,
    ln of the number of speakers (Shannon 1948), nan for one speaker. Raises ValueError for columns of unequal length, negative words
    and a chair that is neither 0 nor 1.
    """
    columns = {"speaker": pd.Series(np.asarray(speaker, dtype=object)), "words": pd.Series(np.asarray(words))}
    if chair is not None:
        columns["chair"] = pd.Series(np.asarray(chair))
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns have different lengths: {', '.join(f'{name} {length}' for name, length in lengths.items())}")
    table = pd.DataFrame(columns).dropna()
    table = table.astype(dict.fromkeys(table.columns.drop("speaker"), "float64"))
    if (table["words"] < 0).any() or not np.isfinite(table["words"]).all():
        raise ValueError("a turn has fewer than no words, or endlessly many: correct it before counting")
    if chair is not None and not table["chair"].isin([0, 1]).all():
        raise ValueError("chair must be 1 where the turn is the chair's and 0 elsewhere")
    by_speaker = table.groupby("speaker", sort=False)["words"].agg(["size", "sum"])
    turns, spoken = np.sort(by_speaker["size"].to_numpy(dtype=float)), np.sort(by_speaker["sum"].to_numpy(dtype=float))
    return Voice(
        turns=len(table),
        speakers=len(by_speaker),
        words=_whole(spoken.sum()),
        gini_turns=gini(turns),
        gini_words=gini(spoken),
        norm_entropy_turns=normed_entropy(turns),
        norm_entropy_words=normed_entropy(spoken),
        top_share_turns=_top_share(turns),
        top_share_words=_top_share(spoken),
        chair_turn_share=float("nan") if chair is None or not len(table) else float(table["chair"].mean()),
        n_for_80pct_turns=_fewest(turns),
        n_for_80pct_words=_fewest(spoken),
    )


def gini(amounts: np.ndarray) -> float:
    """Gini coefficient of what each has (0 or more), without small-sample correction; nan where nobody has anything."""
    x = np.sort(np.asarray(amounts, dtype=float))
    count, total = len(x), x.sum()
    if not total > 0:
        return float("nan")
    return float((2 * np.arange(1, count + 1) - count - 1) @ x / (count * total))


def normed_entropy(amounts: np.ndarray) -> float:
    """Entropy of the shares over ln of how many there are; nan for fewer than two, and where nobody has anything."""
    x = np.asarray(amounts, dtype=float)
    if len(x) < 2 or not x.sum() > 0:
        return float("nan")
    share = x[x > 0] / x.sum()
    return float(max(0.0, -(share @ np.log(share))) / np.log(len(x)))


def _top_share(ascending: np.ndarray) -> float:
    total = ascending.sum()
    return float(ascending[-1] / total) if total > 0 else float("nan")


def _fewest(ascending: np.ndarray) -> int:
    """The fewest who together have four fifths; 0 where nobody has anything."""
    total = ascending.sum()
    if not total > 0:
        return 0
    part, whole = MOST
    together = np.cumsum(ascending[::-1])
    return int(np.argmax(whole * together >= part * together[-1] * (1 - 1e-12))) + 1


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else float(number)
