"""Who stood behind what was handed out, without saying who: one keyed digest for each person and each part of what they answered.

A base is everyone behind the numbers of one survey, one wave (of ratings: one window) and one school. Its parts are the sets that
numbers are made of: everyone (``EVERYONE``), those scored on a scale, those of them who answered one of its items, those who answered
an item of no scale, and those of whom a role is known.

Pages also show numbers by group: by role, and by the attributes that averages are shown by (``Use.breakdowns``). Of each of these every value
is a part, that of nobody's known value among them, and each part again by scale and by question of a scale. Where averages are shown by group, they and the
counts by role stand on those who were scored on every scale (``climate.groups``): all others are then a part of their own. So the parts of one
attribute hold everyone once, and what is shown or left over of a school by this attribute is made of whole parts. The names of groups of parts are
keyed digests as well.

A digest is made from what a person answered and never from a row's place or from ids that change between exports. Of those whose
answers to a part are the same, the second gets another digest than the first: so a part is a set, in which equal answers do not show,
and persons who answered alike are counted as many times as there are. Without the key a digest says nothing (keyed BLAKE2b, RFC 7693).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.privacy.roles import NO_ROLE, roles, staff
from cyclebook.tables import attribute

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

#: What a base is of: table, survey (of ratings what is rated, of a series or a result the measure), wave, window or day, school.
BASE = ["table", "survey", "period", "school_id"]
COLUMNS = {**dict.fromkeys([*BASE, "part"], "str"), "digest": "uint64"}
#: The part that is everyone in the base.
EVERYONE = ""
ITEM, SCALE = "item:", "scale:"
#: Stand among the items for a person's role, and for what else is declared of them.
ROLE, ATTRIBUTES = "@role", "@attributes"
#: Begins what stands among the items for the group that a person is in by an attribute.
IN = "@in:"
#: Begins the parts of one group: ``group:kind#token``, and of each of them ``/`` and the part of everyone that it is of. In a kind that begins with
#: EVERY only those are in groups who were scored on every scale.
GROUP, EVERY = "group:", "every:"
#: The group of those who are not counted in any.
NOT_COUNTED = "\0"
#: Begins ``Use.form`` since releases have parts of groups.
WITH_GROUPS = "groups-"
_LONG = [*BASE, "unit", "item", "value", "date"]
_MEMBERS = [*BASE, "unit", "part", "content"]


@dataclass(frozen=True)
class Use:
    """What numbers are made of: the waves that began, the day up to which dated rows count (ISO; "": all), the scales, the window of a
    rating (what is rated, day → window), the measures that stand on persons, and the attributes that averages are shown by.
    """

    waves: frozenset[str]
    day: str = ""
    scales: Mapping[str, Scale] = field(default_factory=dict)
    window: Callable[[str, str], str] = lambda rates, day: day[:7]
    personal: frozenset[str] = frozenset()
    breakdowns: tuple[str, ...] = ()

    @property
    def form(self) -> str:
        """A hash of what decides who is in a part: each scale's items and how many of them a person must have answered."""
        rules = sorted((name, scale.column or "", list(scale.items), needed(scale)) for name, scale in self.scales.items())
        return WITH_GROUPS + hashlib.sha256(repr(rules).encode()).hexdigest()[:16]


def needed(scale: Scale) -> int:
    """How many of a scale's items a person must have answered to be scored (as ``climate.scales.score`` does)."""
    return len(scale.items) // 2 + 1 if scale.minimum_answered is None else scale.minimum_answered


def answers(tables, use: Use) -> pd.DataFrame:
    """Everything that persons answered and that numbers are made of, one answer a row: columns ``BASE``, unit (a person in a base, by the
    rows of the tables), item, value (text), date ("" where it does not matter). Roles and other attributes stand among the items as ``ROLE`` and ``ATTRIBUTES``,
    and the groups that numbers are shown by as ``IN`` and the attribute ("": not known).
    """
    given = tables.responses[tables.responses["wave"].isin(use.waves)]
    given = given.assign(table="responses", period=given["wave"], unit=given["row"], value=given["value"].map(repr), date="")
    people = tables.respondents[tables.respondents["wave"].isin(use.waves)]
    people = people.assign(table="responses", period=people["wave"], unit=people["row"], date="")
    said = people[people["role"].notna()].assign(item=ROLE, value=lambda rows: rows["role"])
    others = people[people["attributes"] != ""].assign(item=ATTRIBUTES, value=lambda rows: rows["attributes"])
    found = (given, said, others, *_grouped(people, tables.roster, use), latest(rated(tables.ratings, use)))
    return pd.concat([part[_LONG].astype("str") for part in found], ignore_index=True)


def _grouped(people: pd.DataFrame, roster: pd.DataFrame, use: Use) -> Iterator[pd.DataFrame]:
    """The group of each of these respondents by every attribute that numbers are shown by; by role where the school's roster names one."""
    known = staff(roster)
    known = known.loc[known["role"] != NO_ROLE, ["school_id", "wave"]].drop_duplicates()
    if len(known) and len(people):
        placed = people.merge(roles(people, roster)[["row", "role"]].rename(columns={"role": "group"}), on="row").merge(known, on=["school_id", "wave"])
        yield placed.assign(item=IN + "role", value=placed["group"].fillna(""))
    for name in use.breakdowns:
        if name != "role":
            yield people.assign(item=IN + name, value=attribute(people, name).fillna(""))


def rated(ratings: pd.DataFrame, use: Use) -> pd.DataFrame:
    """The ratings up to the day, each with its base and the person who gave it (by token, else by row)."""
    known = ratings[ratings["date"] <= use.day] if use.day else ratings
    pairs = list(zip(known["rates"], known["date"], strict=True))
    windows = {pair: use.window(*pair) for pair in set(pairs)}
    named = known["person"].notna()
    unit = ("person " + known["person"].astype("str")).where(named, "row " + known["row"].astype("str"))
    period = pd.Series([windows[pair] for pair in pairs], index=known.index, dtype="str")
    return known.assign(table="ratings", survey=known["rates"], period=period, unit=unit, value=known["value"].map(repr))


def latest(ratings: pd.DataFrame) -> pd.DataFrame:
    """Of one person's ratings of an item in a window the last one, which is the one that counts."""
    return ratings.sort_values("date", kind="stable").drop_duplicates([*BASE, "unit", "item"], keep="last").sort_index()[_LONG]


def everyone(given: pd.DataFrame, items: Mapping[tuple[str, str, str], frozenset[str]] | None = None) -> pd.DataFrame:
    """The persons of each base and all that they answered: columns ``BASE``, unit, part, content.

    given: as `answers` makes it (groups are no answers). items: for each (table, survey, period) the items to look at, where not all.
    """
    given = given[~given["item"].str.startswith(IN)]
    if items is not None:
        keys = zip(given["table"], given["survey"], given["period"], given["item"], strict=True)
        known = np.fromiter((item in items.get(tuple(key), ()) for *key, item in keys), dtype=bool, count=len(given))
        units = given.drop_duplicates([*BASE, "unit"])[[*BASE, "unit"]]
        return units.merge(_joined(given[known]), on=[*BASE, "unit"], how="left").fillna({"content": ""}).assign(part=EVERYONE)
    return _joined(given).assign(part=EVERYONE)


def parts(given: pd.DataFrame, use: Use, key: bytes) -> pd.DataFrame:
    """The persons of all other parts of each base, and what they answered there: columns as those of `everyone`."""
    grouped = given["item"].str.startswith(IN)
    given, groups = given[~grouped], given[grouped]
    of_scales = {item for scale in use.scales.values() if scale.column is None for item in scale.items}
    single = given[~given["item"].isin(of_scales) | (given["table"] != "responses")]
    found = [single.assign(part=ITEM + single["item"], content=single["value"])]
    for name, scale in use.scales.items():
        if scale.column is not None:
            continue
        own = given[given["item"].isin(scale.items) & (given["table"] == "responses")]
        own = own[own.groupby([*BASE, "unit"])["item"].transform("size") >= needed(scale)]
        if len(own):
            found += [_joined(own).assign(part=SCALE + name), own.assign(part=f"{SCALE}{name}/" + own["item"], content=own["value"])]
    whole = pd.concat([part[_MEMBERS] for part in found], ignore_index=True)
    return pd.concat([whole, *_group_parts(groups, whole, use, key)], ignore_index=True) if len(groups) else whole


def _group_parts(groups: pd.DataFrame, whole: pd.DataFrame, use: Use, key: bytes) -> Iterator[pd.DataFrame]:
    """The parts of groups: who is in each (all contents alike, so that its number alone counts), and what they answered. whole: all other parts."""
    scales = {
        (SCALE + name if scale.column is None else ITEM + name) for name, scale in use.scales.items()
        if not use.breakdowns or scale.column is not None or scale.mode == "person_mean"
    }  # fmt: skip
    of_scales = whole[whole["part"].isin(scales) | whole["part"].str.rsplit("/", n=1).str[0].isin(scales)]
    named = groups.assign(kind=groups["item"].str.removeprefix(IN), group=groups["value"])
    if use.breakdowns:
        scored = of_scales[of_scales["part"].isin(scales)]
        asked = scored.groupby(BASE)["part"].nunique().rename("asked")
        own = scored.groupby([*BASE, "unit"])["part"].nunique().rename("own").reset_index()
        named = named.merge(asked.reset_index(), on=BASE, how="left").merge(own, on=[*BASE, "unit"], how="left")
        named["group"] = named["group"].where(named["asked"].isna() | (named["own"] == named["asked"]), NOT_COUNTED)
        named["kind"] = EVERY + named["kind"]
    columns = [*BASE, "kind", "group"]
    tokens = named[columns].drop_duplicates()
    texts = ("\x1f".join(row) for row in tokens.itertuples(index=False, name=None))
    tokens = tokens.assign(token=[hashlib.blake2b(text.encode(), key=key, digest_size=8).hexdigest() for text in texts])
    named = named.merge(tokens, on=columns)
    named = named[[*BASE, "unit"]].assign(part=GROUP + named["kind"] + "#" + named["token"])
    yield named.assign(content="")
    inside = named.rename(columns={"part": "of"}).merge(of_scales, on=[*BASE, "unit"])
    yield inside.assign(part=inside["of"] + "/" + inside["part"])[_MEMBERS]


def items_of(part: str) -> str | None:
    """The item of a part's name; None where it is of more than one, or of a group."""
    return None if part.startswith(GROUP) else part.removeprefix(ITEM) if part.startswith(ITEM) else part.partition("/")[2] or None


def kind(part: str) -> str:
    """The kind of groups that a part of a group is of; "" for another part."""
    return part.partition("#")[0] if part.startswith(GROUP) else ""


def kinds(parts: Iterable[str]) -> set[str]:
    """All kinds of groups that these parts are of."""
    return {kind(part) for part in parts} - {""}


def other_kind(kind: str) -> str:
    """Groups by the same attribute: of those who were scored on every scale for groups of everyone, and the other way round."""
    name = kind.removeprefix(GROUP)
    return GROUP + (name.removeprefix(EVERY) if name.startswith(EVERY) else EVERY + name)


def inside(part: str) -> str:
    """The part of everyone that a part of a group is of; "" where it is everyone in the group."""
    return part.partition("#")[2].partition("/")[2]


def digests(members: pd.DataFrame, key: bytes) -> pd.Series:
    """The keyed digest of each row of `everyone` or `parts` (uint64)."""
    columns = [*BASE, "part", "content"]
    place = members.groupby(columns, sort=False).cumcount()
    texts = ("\x1f".join(map(str, row)) for row in zip(*(members[name] for name in columns), place, strict=True))
    found = (hashlib.blake2b(text.encode(), key=key, digest_size=8).digest() for text in texts)
    return pd.Series([int.from_bytes(one, "big") for one in found], index=members.index, dtype="uint64")


def counted(tables, use: Use, smallest_group: int) -> pd.DataFrame:
    """The numbers about persons that come without their rows: columns ``BASE``, content, position (in the table).

    Of `series` the measures on persons, of `aggregates` results with a number of persons, from smallest_group persons up: of
    fewer nothing is shown.
    """
    series = tables.series[tables.series["measure"].isin(use.personal)]
    series = series[series["date"] <= use.day] if use.day else series
    series = series.assign(table="series", survey=series["measure"], period=series["date"])
    results = tables.aggregates[tables.aggregates["wave"].isin(use.waves) & (tables.aggregates["status"] == "")]
    results = results[results["persons"].notna()].assign(table="aggregates", survey=lambda rows: rows["measure"], period=lambda rows: rows["wave"])
    found = []
    for rows in (series, results):
        numbers = [rows[name] for name in ("numerator", "denominator", "persons", "value")]
        n = rows[["persons", "denominator"]].min(axis=1)
        content = pd.Series(["|".join(map(repr, map(float, row))) for row in zip(*numbers, strict=True)], index=rows.index, dtype="str")
        table = rows.assign(content=content, position=rows.index)[n >= smallest_group]
        found.append(table[[*BASE, "content", "position"]])
    return pd.concat(found, ignore_index=True).astype(dict.fromkeys([*BASE, "content"], "str"))


def bases(tables, key: bytes, use: Use, smallest_group: int, withheld: frozenset[tuple[str, str, str, str]] = frozenset()) -> pd.DataFrame:
    """The bases of all that is published from these tables: columns ``COLUMNS``, in the order of the digests.

    tables: the tidy tables, as numbers are made from them. withheld: bases of which nothing is published. Bases of fewer than
    smallest_group persons are left out: of them nothing is published either. Small parts of larger ones stay, for they are in sums of the district.
    """
    given = answers(tables, use)
    members = pd.concat([everyone(given), parts(given, use, key)], ignore_index=True)
    size = members.groupby(BASE)["unit"].transform("nunique")
    numbers = counted(tables, use, smallest_group).assign(part=EVERYONE)
    found = pd.concat([members[size >= smallest_group], numbers], ignore_index=True)
    found = found.assign(digest=digests(found, key))[list(COLUMNS)]
    hidden = np.fromiter((base in withheld for base in zip(*(found[name] for name in BASE), strict=True)), dtype=bool, count=len(found))
    kept = found[~hidden].drop_duplicates()
    return kept.sort_values(list(COLUMNS), ignore_index=True).astype(COLUMNS)


def _joined(given: pd.DataFrame) -> pd.DataFrame:
    """All answers of each person of a base as one text: columns ``BASE``, unit, content."""
    ordered = given.sort_values([*BASE, "unit", "item"], kind="stable")
    texts = ordered["item"] + "=" + ordered["value"]
    return texts.groupby([ordered[name] for name in [*BASE, "unit"]], sort=False).agg("|".join).rename("content").reset_index()
