"""The sentences on single questions: where staff are split, where they answer alike, and one question to begin with.

Counts near none or all are not shown exactly. Every claim is decided on what the counts as shown leave no doubt of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Bounded, Fact, Reading


@dataclass(frozen=True)
class _Question:
    """One question's counts as shown: of `answered`, how many are favourable and unfavourable, at least and at most."""

    item: str
    favourable: Cell
    unfavourable: Cell
    answered: int

    @property
    def least(self) -> tuple[int, int]:
        return _least(self.favourable), _least(self.unfavourable)

    @property
    def most(self) -> tuple[int, int]:
        pair = (self.favourable, self.least[1]), (self.unfavourable, self.least[0])
        return tuple(self.answered - other if cell.bound == "more" else int(cell.value) for cell, other in pair)

    def share(self, count: int) -> Fraction:
        return Fraction(count, self.answered)

    def said(self, template: str, text: str, *sides: str) -> Reading:
        counts = {side: cells.count_fact(getattr(self, side)) for side in sides}
        return Reading.of(template, text=text, answered=self.answered, **counts)


def _least(cell: Cell) -> int:
    return 0 if cell.bound == "less" else int(cell.value)


def items(
    table: Protected, texts: Mapping[str, str], wave: str, agree_share: float, split_share: float, listed: int
) -> list[Reading]:
    """The question with the fewest favourable answers, where staff are split, most divided first, and where they answer alike.

    table: the school's item rows of ``wave``. texts: the wording of each item by id. A question is split when
    both sides hold at least ``split_share`` of its answers, and answered alike when one side holds ``agree_share``.
    That one has the fewest, or divides most, is said only where no other could: counts at an end may lie further out.
    """
    found = []
    for item in (item for item in table.unique("item") if item in texts):
        pair = [table.cell(name, item=item, wave=wave) for name in ("favourable_count", "unfavourable")]
        if all(cell is not None and cell.value is not None for cell in pair):
            found.append(_Question(item, *pair, pair[0].answered))
    both, share = ("favourable", "unfavourable"), Decimal(repr(split_share))
    said = []
    divided = sorted(found, key=lambda one: (-one.share(min(one.least)), one.item))[:listed]
    for one in divided:
        smaller = min(one.least)
        if smaller < share * one.answered / 2 or smaller == 0:  # hardly a division
            continue
        if smaller >= share * one.answered:
            said.append(one.said("split", texts[one.item], *both))
        elif not said:
            most = all(one.share(smaller) >= other.share(min(other.most)) for other in found if other is not one)
            said.append(one.said("most_divided" if most else "divided", texts[one.item], *both))
    if found:
        few = min(found, key=lambda one: (one.share(int(one.favourable.value)), one.item))
        if texts[few.item] not in [reading["text"] for reading in said] and few.favourable.bound != "more" and few.most[0] < few.answered:
            fewest = all(few.share(few.most[0]) <= other.share(other.least[0]) for other in found if other is not few)
            said.insert(0, few.said("fewest" if fewest else "fewest_among", texts[few.item], *both))
    alike = [one for one in found if max(one.least) >= Decimal(repr(agree_share)) * one.answered]
    for one in sorted(alike, key=lambda one: (-one.share(max(one.least)), one.item))[:listed]:
        side = "favourable" if one.least[0] > one.least[1] else "unfavourable"
        said.append(one.said(f"agreed_{side}", texts[one.item], side))
    return said


def start(said: Sequence[Reading]) -> Reading:
    """One question to begin with: about the fewest favourable answers where more are unfavourable, else where staff differ most."""
    divided = [reading for reading in said if reading.template in ("split", "most_divided", "divided")]
    few = [r for r in said if r.template in ("fewest", "fewest_among") or r in divided]
    chosen = ([r for r in few if _more(r["unfavourable"], r["favourable"])] or divided)[:1]
    return Reading.of("start_divided", text=chosen[0]["text"]) if chosen else Reading.of("start_general")


def _more(one: Fact, other: Fact) -> bool:
    """Whether one count is larger than the other without doubt."""
    if isinstance(one, Bounded):
        one = one.value if one.words == "at_least" else 0
    if isinstance(other, Bounded):
        if other.words == "at_least":
            return False
        other = other.value
    return one > other
