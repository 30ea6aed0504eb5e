"""From answered items to scale scores: one score for each person and scale, made once for the whole district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

PERSON = ["survey", "school_id", "wave", "row"]
PLACE = PERSON[:3]
_TYPES = {**dict.fromkeys([*PERSON, "scale"], "str"), "score": "float64", "answered_items": "int64"}
_ITEM_TYPES = {**dict.fromkeys([*PERSON, "scale", "item"], "str"), "value": "float64"}


def score(responses: pd.DataFrame, scales: Mapping[str, Scale]) -> pd.DataFrame:
    """Score every person on every scale that they answered enough items of.

    `responses`: long, one row per answered item, columns survey, school_id, wave, row (one text per person), item, value. Gives
    survey, school_id, wave, row, scale, score (float64, in the scale's units), answered_items (int64), ordered by scale as
    given, then survey, school_id, wave, row.

    A person is in a scale's base who answered at least `minimum_answered` of its items (default: more than half). Then

    - `person_mean`: the score is the mean of the items answered, reverse-coded ones taken as low + high - value;
    - `item_means_first` (Hoy & Tschannen-Moran 2003): a school's score is the mean of its item means. Here each person has
      their linearised contribution z = m + n/J * sum_j r_j (x_j - m_j)/n_j (m_j the item's mean among the n_j of the base's
      n persons who answered it, r_j 1 where this person did, m the mean of the m_j, J the items that anyone of the base
      answered). Its mean over the base of a survey, school and wave is exactly m, its spread gives m's standard error, and
      where nothing is missing it is the person's mean. It may leave the scale's range. It adds up over whole bases only.
    - a scale already scored in its source (`column` is set): the value itself, from the rows whose item is the scale's id.

    Raises ValueError for a mode other than these two, for reverse items without a range, and for an item answered twice in one row.
    """
    parts = []
    for scale_id, scale in scales.items():
        if scale.column is not None:
            own = _once(responses[responses["item"] == scale_id])
            part = own[[*PERSON, "value"]].rename(columns={"value": "score"}).assign(answered_items=1)
            parts.append(part.sort_values(PERSON).assign(scale=scale_id))
            continue
        if scale.mode not in ("person_mean", "item_means_first"):
            raise ValueError(f"scale {scale_id} has mode {scale.mode!r}: use 'person_mean' or 'item_means_first'")
        answers = _base(responses, scale_id, scale)
        if scale.mode == "item_means_first":
            answers = answers.assign(value=_linearised(answers))
        by_person = answers.groupby(PERSON, sort=True)["value"]
        total = by_person.sum() if scale.mode == "item_means_first" else by_person.mean()
        part = pd.DataFrame({"score": total, "answered_items": by_person.size()}).reset_index()
        parts.append(part.assign(scale=scale_id))
    return _stack(parts, _TYPES)


def item_answers(responses: pd.DataFrame, scales: Mapping[str, Scale]) -> pd.DataFrame:
    """The answers behind the scores: survey, school_id, wave, row, scale, item, value (after reversing).

    Only persons in the scale's base (see `score`); nothing for scales that were scored in their source, whose items are not
    known. Ordered by scale, survey, school_id, wave, row, then item as the scale lists it. Raises ValueError as `score` does.
    """
    parts = []
    for scale_id, scale in scales.items():
        if scale.column is None:
            answers = _base(responses, scale_id, scale)
            place = answers["item"].map({item: i for i, item in enumerate(scale.items)})
            answers = answers.assign(scale=scale_id, place=place).sort_values([*PERSON, "place"])
            parts.append(answers)
    return _stack(parts, _ITEM_TYPES)


def _base(responses: pd.DataFrame, scale_id: str, scale: Scale) -> pd.DataFrame:
    """Answers to the scale's items, reversed where coded so, of the persons who answered enough of them."""
    answers = _once(responses.loc[responses["item"].isin(scale.items), [*PERSON, "item", "value"]].dropna(subset="value"))
    reverse = answers["item"].isin(scale.reverse)
    if scale.reverse:
        if scale.low is None or scale.high is None:
            raise ValueError(f"scale {scale_id} has reverse items and no range: give the range, for example [1, 5]")
        answers = answers.assign(value=answers["value"].where(~reverse, scale.low + scale.high - answers["value"]))
    needed = len(scale.items) // 2 + 1 if scale.minimum_answered is None else scale.minimum_answered
    return answers[answers.groupby(PERSON)["item"].transform("size") >= needed]


def _linearised(answers: pd.DataFrame) -> pd.Series:
    """Each answer's share in its person's contribution: m/(items that the person answered) + n/J (x - m_j)/n_j."""
    item = answers.groupby([*PLACE, "item"])["value"]
    item_mean, item_n = item.transform("mean"), item.transform("size")
    first = answers.groupby([*PLACE, "item"]).cumcount() == 0
    place = [answers[column] for column in PLACE]
    items = first.groupby(place).transform("sum")
    mean = item_mean.where(first, 0.0).groupby(place).transform("sum") / items
    persons = answers.groupby(PLACE)["row"].transform("nunique")
    own = answers.groupby(PERSON)["item"].transform("size")
    return mean / own + persons / items * (answers["value"] - item_mean) / item_n


def _once(answers: pd.DataFrame) -> pd.DataFrame:
    twice = answers.duplicated([*PERSON, "item"])
    if twice.any():
        row = answers.loc[twice].iloc[0]
        raise ValueError(f"row {row['row']} answers item {row['item']} twice: keep one answer for each row and item")
    return answers


def _stack(parts: list[pd.DataFrame], types: dict[str, str]) -> pd.DataFrame:
    columns = list(types)
    stacked = pd.concat([part[columns] for part in parts], ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return stacked.astype(types)


def scale_facts(scale: Scale, items: dict[str, str]) -> dict:
    """What sentences and figures need to know of a scale. items: the wording of each item by id."""
    return {
        "id": scale.id,
        "name": scale.name,
        "about": scale.about,
        "low": scale.low,
        "high": scale.high,
        "favourable": scale.favourable,
        "better": scale.better,
        "claim": scale.claim,
        "mode": scale.mode,
        "minimum_answered": scale.minimum_answered,
        "source": scale.source,
        "items": [{"id": item, "text": items[item], "reversed": item in scale.reverse} for item in scale.items],
    }
