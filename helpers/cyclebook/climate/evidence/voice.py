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
    speaker: Sequence[Any] | pd.Series, words: Sequence[float] | pd.Series, chair: Sequence[float] | pd.Series | None = None,
    present: int | None = None,
) -> Voice:  # fmt: skip
    """How evenly turns and words are spread over those who spoke, or over all who were there; a row is a turn.

    words: how many in the turn, 0 or more. chair: 1 (or True) where the turn is the chair's, 0 elsewhere; None where that is not
    known (the share is then nan). Turns in which a given column is missing are left out. present: how many were there; those who said
    nothing then count with 0 in Gini and entropy. None where that is not known: the numbers say nothing of them.

    Gini = sum of (2i - n - 1) x(i) / (n sum x), ascending, without the small-sample correction (Gini 1912; Sen 1973); entropy over its largest value,
    ln of the number of speakers (Shannon 1948), nan for one speaker. Raises ValueError for columns of unequal length, negative words,
    a chair that is neither 0 nor 1, and fewer people than speakers.
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
    if present is not None and present < len(by_speaker):
        raise ValueError(f"{len(by_speaker)} spoke and {present} were there: correct one of the two")
    still = np.zeros(0 if present is None else present - len(by_speaker))
    turns, spoken = np.sort(by_speaker["size"].to_numpy(dtype=float)), np.sort(by_speaker["sum"].to_numpy(dtype=float))
    return Voice(
        turns=len(table),
        speakers=len(by_speaker),
        words=_whole(spoken.sum()),
        gini_turns=gini(np.append(still, turns)),
        gini_words=gini(np.append(still, spoken)),
        norm_entropy_turns=normed_entropy(np.append(still, turns)),
        norm_entropy_words=normed_entropy(np.append(still, spoken)),
        top_share_turns=_top_share(turns),
        top_share_words=_top_share(spoken),
        chair_turn_share=float("nan") if chair is None or not len(table) else float(table["chair"].mean()),
        n_for_80pct_turns=int(_fewest(turns)) if len(turns) else 0,
        n_for_80pct_words=int(_fewest(spoken)) if len(spoken) else 0,
    )


class EqualChances(NamedTuple):
    """What a meeting would give in which each turn falls to anyone with the same chance: means of the draws, `*_high` their 97.5 % quantile."""

    gini_turns: float
    gini_turns_high: float
    gini_words: float
    gini_words_high: float
    n_for_80pct_turns: float
    n_for_80pct_words: float
    silent: float


def equal_chances(words: Sequence[float] | pd.Series, people: int, seed: int, *, all_spoke: bool, draws: int = 1000) -> EqualChances:
    """Gini and the fewest who together have four fifths where the turns, each with its words, are dealt to `people` with equal chances.

    Even then some speak more than others, the more so the fewer turns there are. all_spoke: only draws in which everyone speaks count, for
    meetings of which only those who spoke are known; all nan where fewer than a tenth of the draws are such. `silent` is exact:
    people (1 - 1/people)^turns. All nan without a turn and for fewer than 2 people. Raises ValueError for fewer than 1 draw.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}: give at least 1, for example 1000")
    lengths = np.asarray(words, dtype=float)
    if not len(lengths) or people < 2:
        return EqualChances(*[np.nan] * 7)
    who = np.random.default_rng(seed).integers(0, people, size=(draws, len(lengths))) + people * np.arange(draws)[:, None]
    turns, spoken = (
        np.sort(np.bincount(who.ravel(), weights, minlength=draws * people).reshape(draws, people), axis=1)
        for weights in (None, np.tile(lengths, draws))
    )
    if all_spoke:
        kept = turns[:, 0] > 0
        if kept.sum() < draws / 10:
            return EqualChances(*[np.nan] * 7)
        turns, spoken = turns[kept], spoken[kept]
    found: list[float] = []
    for amounts in (turns, spoken):
        if not lengths.sum() > 0 and amounts is spoken:
            found += [np.nan] * 2
            continue
        weights = 2 * np.arange(1, people + 1) - people - 1
        ginis = amounts @ weights / (people * amounts.sum(axis=1))
        found += [float(ginis.mean()), float(np.quantile(ginis, 0.975))]
    fewest = [float(_fewest(amounts).mean()) for amounts in (turns, spoken)]
    silent = 0.0 if all_spoke else people * (1 - 1 / people) ** len(lengths)
    return EqualChances(*found, *fewest, silent)


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


def _fewest(ascending: np.ndarray) -> np.ndarray:
    """The fewest who together have four fifths, of each row of amounts; 0 where nobody has anything."""
    part, whole = MOST
    together = np.cumsum(ascending[..., ::-1], axis=-1)
    total = together[..., -1:]
    return np.where(total[..., 0] > 0, np.argmax(whole * together >= part * total * (1 - 1e-12), axis=-1) + 1, 0)


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else float(number)
