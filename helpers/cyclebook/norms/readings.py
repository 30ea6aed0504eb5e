"""The sentences of this step: of agreements and seats as they are written down, and of ratings as they are shown.

Agreements, teams and the district's set-up are facts that people declared; they are taken from the bundle as they stand.
What is said of ratings is decided on protected numbers, as shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cyclebook import cells
from cyclebook.norms.agreements import PARTS, QUESTIONS
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Bounded, Fact, Reading, shown

LISTED = 3  #: overdue reviews that are named; the table has the rest
#: What a district may write down of how it is set up, in the order of the page.
STRUCTURE = ("department", "serves", "meets_cabinet", "cabinet_discusses", "feedback")


def plain(text: str) -> str:
    """The wording of an agreement or a question as it stands inside a sentence: without its full stop."""
    return text.rstrip(" .")


def month(window: str, language: str) -> str:
    """A calendar month such as 2025-10 in words: October 2025."""
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", date.fromisoformat(f"{window}-01"), locale=language)


def _numbers(table: Protected, names: Sequence[str], **where: str) -> list[Decimal] | None:
    """The numbers of these statistics as shown, or None when one of them is missing or hidden."""
    cells = [table.cell(name, **where) for name in names]
    if any(cell is None or cell.value is None for cell in cells):
        return None
    return [shown(cell.value, cell.decimals) for cell in cells]


def closed(on: date, successors: Sequence[str]) -> Reading:
    """That the school has closed, and who carries on its work."""
    return Reading.of("n_closed_successor", date=on, successor=tuple(successors), count=len(successors)) if successors else Reading.of("n_closed", date=on)


def lowest(counts: Mapping[str, Cell]) -> list[str]:
    """The keys that can be named as lowest. counts: the favourable answers of each, with how many answered.

    One alone is named only where the next share lies more than one answer of either away. Else all are named that lie no
    farther than one answer from the lowest, and whatever lies between; nothing where these are more than half of all. A share at
    an end of what is shown may lie anywhere beyond it.
    """
    if not counts:
        return []
    shares = {key: Fraction(int(cell.value), cell.answered) for key, cell in counts.items()}
    low = {key: Fraction(0) if counts[key].bound == "less" else share for key, share in shares.items()}
    high = {key: Fraction(1) if counts[key].bound == "more" else share for key, share in shares.items()}
    least = min(counts, key=lambda key: (high[key], low[key], counts[key].answered))
    weights = {key: Fraction(1, min(cell.answered, counts[least].answered)) for key, cell in counts.items()}
    named = {key for key in counts if low[key] - high[least] <= weights[key]}
    while True:
        upto = max(high[key] for key in named)
        more = {key for key in counts if low[key] <= upto}
        if more == named:
            break
        named = more | named
    return [key for key in counts if key in named] if 2 * len(named) <= len(counts) else []


# Agreements. Each is a mapping: id, text, question, owner, behaviour, last, due (ISO or ""), days (overdue; None), unsaid
# (parts), needed (how many must have rated it in a month for a result to be shown).


def coverage(agreed: Sequence[Mapping], names: Mapping[str, str]) -> list[Reading]:
    """How many agreements there are, and which of the four questions have none. names: the questions in words."""
    if not agreed:
        return [Reading.of("n_none")]
    said = [Reading.of("n_count", count=len(agreed))]
    missing = gaps(agreed)
    if len(missing) == len(QUESTIONS):  # an agreement that names a question answers it
        return [*said, Reading.of("n_gap_all", count=len(agreed))]
    if missing:
        return [*said, Reading.of("n_gap", missing=len(missing), names=tuple(names[question] for question in missing))]
    return [*said, Reading.of("n_covers_all")]


def gaps(agreed: Sequence[Mapping]) -> list[str]:
    """The questions that no agreement answers, in their order."""
    answered = {agreement["question"] for agreement in agreed}
    return [question for question in QUESTIONS if question not in answered]


def overdue(agreed: Sequence[Mapping]) -> list[Mapping]:
    """The agreements whose review is overdue, the longest first."""
    late = [agreement for agreement in agreed if agreement["days"] is not None and agreement["days"] > 0]
    return sorted(late, key=lambda agreement: -agreement["days"])


def reviews(agreed: Sequence[Mapping]) -> list[Reading]:
    """Which reviews are overdue and since when, which is due on the very day, and which comes next. No one is named with them."""
    late = overdue(agreed)
    said = [
        Reading.of("n_overdue", text=plain(each["text"]), date=date.fromisoformat(each["due"])) for each in late[:LISTED]
    ]
    if len(late) > LISTED:
        said.append(Reading.of("n_overdue_more", count=len(late) - LISTED))
    dated = [each for each in agreed if each["days"] is not None]
    if dated and not late:
        said.append(Reading.of("n_none_overdue" if len(dated) == len(agreed) else "n_none_overdue_known"))
    said += [
        Reading.of("n_due", text=plain(each["text"]), date=date.fromisoformat(each["due"])) for each in dated if each["days"] == 0
    ]
    ahead = [each for each in dated if each["days"] < 0]
    if ahead and not late:
        coming = max(ahead, key=lambda each: each["days"])
        said.append(Reading.of("n_next", text=plain(coming["text"]), date=date.fromisoformat(coming["due"])))
    return said


def unsaid(agreed: Sequence[Mapping]) -> list[Reading]:
    """What is not written down: the agreement by name where it is one, else how many there are, or that it is all of them."""
    said = []
    for part in PARTS:
        lacking = [agreement for agreement in agreed if part in agreement["unsaid"]]
        if not lacking or (part == "question" and len(lacking) == len(agreed)):  # `coverage` says so
            continue
        if 1 < len(lacking) == len(agreed):
            said.append(Reading.of(f"n_no_{part}_all"))
        else:
            said.append(Reading.of(f"n_no_{part}", count=len(lacking), total=len(agreed), text=plain(lacking[0]["text"])))
    return said


# Are they lived


def heard(table: Protected, agreed: Sequence[Mapping]) -> str:
    """The month that a page speaks of: the latest with a result of any agreement, else the latest with ratings; '' without."""
    results = [window for agreement in agreed for window in rated(table, agreement["id"])]
    return max(results or table.unique("wave"), default="")


def raters(
    table: Protected, agreed: Sequence[Mapping], named: Callable[[str], str], head_count: int | None, gate_rate: float
) -> list[Reading]:
    """How many staff rated in the month of :func:`heard`, of how many (None: no roster says), and whether these are few.

    table: the school's rows. named: a month in words. Few are fewer than ``gate_rate`` of the staff.
    """
    window = heard(table, agreed) if agreed else ""
    if not window:
        return []
    cell, month = table.cell("raters", wave=window), named(window)
    if cell is None:
        return [Reading.of("n_raters_unknown", month=month)]
    if cell.value is None:
        return [Reading.of("n_raters_fewer", month=month)]
    count = int(cell.value)
    if not head_count:
        return [Reading.of("n_raters_alone", count=count, month=month)]
    if count > head_count:
        return [Reading.of("n_raters_over", count=count, head_count=head_count, month=month)]
    if count == head_count:
        return [Reading.of("n_raters_all", head_count=head_count, month=month)]
    said = [Reading.of("n_raters", count=count, head_count=head_count, missing=head_count - count, month=month)]
    if count < Decimal(repr(gate_rate)) * head_count:
        said.append(Reading.of("n_raters_low", percent=math.ceil(100 * Decimal(repr(gate_rate)))))
    return said


def rated(table: Protected, agreement: str) -> list[str]:
    """The months in which the agreement has a result that may be shown, in order of time."""
    rows = table.rows(scale=agreement, item="", statistic="favourable_count")
    return [window for window in sorted(rows.unique("wave")) if rows.cell("favourable_count", wave=window).value is not None]


def latest(table: Protected, agreement: str) -> tuple[Cell, str] | None:
    """The favourable ratings (with how many rated) and the month of the latest result of an agreement; None without one."""
    months = rated(table, agreement)
    return (table.cell("favourable_count", scale=agreement, item="", wave=months[-1]), months[-1]) if months else None


def sides(table: Protected, **where: str) -> tuple[Cell, Cell] | None:
    """Favourable and unfavourable answers, each of all who answered; None where they are not shown.

    Where the answers have no middle there is no count of unfavourable ones: they are all the others.
    """
    favourable, against = (table.cell(name, **where) for name in ("favourable_count", "unfavourable"))
    if favourable is None or favourable.value is None or (against is not None and against.value is None):
        return None
    if against is None:
        turned = {"more": "less", "less": "more", "": ""}[favourable.bound]
        against = replace(favourable, value=favourable.answered - favourable.value, bound=turned)
    return favourable, against


def _at_least(cell: Cell, share: float) -> bool:
    """Whether a count surely holds this share of those who answered."""
    return cell.bound != "less" and cell.value >= Decimal(repr(share)) * cell.answered > 0


def split(table: Protected, split_share: float, **where: str) -> bool:
    """Whether both sides hold at least ``split_share`` of the answers.

    Answers without a middle are never called split: there, neighbouring answers lie on two sides.
    """
    found = sides(table, **where)
    if found is None or table.cell("unfavourable", **where) is None:
        return False
    return all(_at_least(side, split_share) for side in found)


def lived(table: Protected, agreement: Mapping, named: Callable[[str], str], split_share: float) -> list[Reading]:
    """The latest ratings of an agreement, whether staff are split on it, and how far it has moved since the first ones shown.

    table: the school's rows. named: a month in words. Nothing where there is no result; see :func:`unrated`.
    """
    text, where = plain(agreement["text"]), {"scale": agreement["id"], "item": ""}
    months = rated(table, agreement["id"])
    if not months:
        return []
    now, then = months[-1], months[0]
    cell, _ = latest(table, agreement["id"])
    low, high = _numbers(table, ["favourable_low", "favourable_high"], **where, wave=now)
    counted = {"favourable": cells.count_fact(cell), "answered": cell.answered}
    ends = {"": {"low": low, "high": high}, "more": {"low": low}, "less": {"high": high}}[cell.bound]
    kind = f"n_lived_{cell.bound}" if cell.bound else "n_lived"
    said = [Reading.of(kind, month=named(now), text=text, **counted, **ends)]
    if split(table, split_share, **where, wave=now):
        against = sides(table, **where, wave=now)[1]
        said.append(Reading.of("n_lived_split", **counted, unfavourable=cells.count_fact(against)))
    said.append(_moved(table, where, now, then, named))
    if any(window > now for window in table.rows(**where).unique("wave")):
        said.append(Reading.of("n_lived_since"))
    return said


def unrated(table: Protected, agreed: Sequence[Mapping], quoted: Sequence[str]) -> list[Reading]:
    """The agreements that too few have rated to show a result, and those that no one has. quoted: their texts, in order."""
    without = [pair for pair in zip(agreed, quoted, strict=True) if not rated(table, pair[0]["id"])]
    few = [(each["needed"], text) for each, text in without if len(table.rows(scale=each["id"], item=""))]
    unasked = tuple(text for each, text in without if not len(table.rows(scale=each["id"], item="")))
    said = [Reading.of("n_lived_few", needed=max(few)[0], names=tuple(text for _, text in few))] if few else []
    return [*said, Reading.of("n_lived_unrated", names=unasked)] if unasked else said


def _moved(table: Protected, where: Mapping[str, str], now: str, then: str, named: Callable[[str], str]) -> Reading:
    """From one month to a later one: called, not called, not to be seen, or nothing to hold it against."""
    if now == then:
        return Reading.of("n_lived_once")
    before = table.cell("favourable_count", **where, wave=then)
    facts = {"before": named(then), "earlier": cells.count_fact(before), "rated": before.answered}
    ends = [table.cell(name, **where, wave=now) for name in ("change_low", "change_high", "change_called")]
    if any(cell is None or cell.value is None for cell in ends):
        return Reading.of("n_lived_end", **facts)
    low, high, called = ends
    if low.value > 0 and not low.bound:
        return Reading.of("n_lived_up" if called.value > 0 else "n_lived_up_luck", **facts, least=_far(low), most=_far(high))
    if high.value < 0 and not high.bound:
        return Reading.of("n_lived_down" if called.value < 0 else "n_lived_down_luck", **facts, least=_far(high), most=_far(low))
    return Reading.of("n_lived_same", **facts, down=_far(low), up=_far(high))


def _far(end: Cell) -> Fact:
    """How far an end of a change's interval lies from none: 12, or "12 or more" where it may lie further out."""
    far = abs(shown(end.value, end.decimals))
    return Bounded(far, "or_more") if end.bound else far


def least_lived(table: Protected, agreed: Sequence[Mapping], below: float | None = None) -> list[Mapping]:
    """The agreements that can be named as those with the smallest share of favourable ratings (:func:`lowest`).

    Held against each other are those with a result in the latest month with one. below: empty as well where one of those
    named is not under ``below``.
    """
    window = heard(table, agreed)
    found = {each["id"]: result[0] for each in agreed if (result := latest(table, each["id"])) and result[1] == window}
    named = lowest(found)
    if below is not None and any(found[name].value >= Decimal(repr(below)) * found[name].answered for name in named):
        return []
    return [each for each in agreed if each["id"] in named]


# How we work together


def together(
    table: Protected, texts: Mapping[str, str], window: str, agree_share: float, split_share: float, listed: int,
    quote: Callable[[str], str],
) -> list[Reading]:  # fmt: skip
    """The questions with the fewest favourable answers, those on which staff are split, and those they answer alike.

    table: the school's rows. texts: the wording of each question by id. quote: puts a text in quotation marks. Which have the
    fewest is said as far as :func:`lowest` can name them, and not where all of them are named as split. A question is split
    when both sides hold at least ``split_share`` of its answers, and answered alike when one side holds ``agree_share``; at
    most ``listed`` of each.
    """
    found = {item: sides(table, item=item, wave=window) for item in texts}
    seen = {item: counts for item, counts in found.items() if counts is not None}
    shares = {item: tuple(Fraction(int(side.value), side.answered) for side in both) for item, both in seen.items()}
    facts = {
        item: {
            "text": plain(texts[item]), "favourable": cells.count_fact(favourable), "answered": favourable.answered,
            "unfavourable": cells.count_fact(unfavourable),
        }
        for item, (favourable, unfavourable) in seen.items()
    }  # fmt: skip
    divided = [item for item in seen if split(table, split_share, item=item, wave=window)]
    divided.sort(key=lambda item: -min(shares[item]))
    said = [Reading.of("split", **facts[item]) for item in divided[:listed]]
    named, fewest = set(divided[:listed]), lowest({item: counts[0] for item, counts in seen.items()})
    if not named.issuperset(fewest) and not any(seen[item][0].bound == "more" for item in fewest):
        named |= set(fewest)
        several = Reading.of("n_fewest", names=tuple(quote(facts[item]["text"]) for item in fewest))
        said.insert(0, several if len(fewest) > 1 else Reading.of("fewest", **facts[fewest[0]]))
    alike = [item for item, counts in seen.items() if any(_at_least(side, agree_share) for side in counts) and item not in named]
    for item in sorted(alike, key=lambda item: -max(shares[item]))[:listed]:
        favourable, unfavourable = seen[item]
        agreed = _at_least(favourable, agree_share) and (favourable.value > unfavourable.value or not _at_least(unfavourable, agree_share))
        said.append(Reading.of("agreed_favourable" if agreed else "agreed_unfavourable", **facts[item]))
    return said


# Who is at the table, and how the district is set up


def team(members: Mapping[str, int], day: str, names: Mapping[str, str]) -> list[Reading]:
    """Which of the six groups have no seat, how many seats there are, how old the list is. names: the groups in words."""
    seats = sum(members.values())
    missing = [names[group] for group, count in members.items() if count == 0]
    dated = Reading.of("n_team_day", date=date.fromisoformat(day)) if day else Reading.of("n_team_undated")
    if not seats:
        return [Reading.of("n_team_empty"), dated]
    first = Reading.of("n_team_missing", missing=len(missing), names=tuple(missing)) if missing else Reading.of("n_team_all")
    return [first, Reading.of("n_team_seats", seats=seats), dated]


def structure(facts: Mapping[str, object], names: Mapping[str, str]) -> list[Reading]:
    """How the district is set up, part by part, and what is not written down. names: each part in words."""
    said = []
    if facts["department"]:
        said.append(Reading.of("n_set_department", department=str(facts["department"])))
    if facts["serves"]:
        said.append(Reading.of("n_set_all" if facts["serves"] == "all_students" else "n_set_some"))
    for part, template in (("meets_cabinet", "n_set_meets"), ("cabinet_discusses", "n_set_discusses")):
        times = facts[part]
        if times is not None:
            said.append(Reading.of(template, times=times) if times else Reading.of(f"{template}_not"))
    if facts["feedback"]:
        said.append(Reading.of(f"n_set_feedback_{facts['feedback']}"))
    if said:
        day = facts["day"]
        said.append(Reading.of("n_set_day", date=date.fromisoformat(str(day))) if day else Reading.of("n_set_undated"))
    missing = [names[part] for part in STRUCTURE if facts[part] in ("", None)]
    return [*said, Reading.of("n_set_unsaid", names=tuple(missing))] if missing else said


# In short


def movement(changes: Iterable[tuple[str, Sequence[Reading]]]) -> list[Reading]:
    """The called changes of all agreements in a line or two. changes: the text of each agreement and what is said of it."""
    found = [(text, {reading.template for reading in said}) for text, said in changes]
    up = tuple(text for text, templates in found if "n_lived_up" in templates)
    down = tuple(text for text, templates in found if "n_lived_down" in templates)
    said = [Reading.of(template, names=names) for template, names in (("n_short_up", up), ("n_short_down", down)) if names]
    compared = {"n_lived_same", "n_lived_up_luck", "n_lived_down_luck"}
    if not said and any(templates & compared for _, templates in found):
        said.append(Reading.of("n_short_still"))
    return said


def start(agreed: Sequence[Mapping], asked: Sequence[Reading], least: Reading | None, names: Mapping[str, str]) -> Reading:
    """One thing to begin with, by a fixed order: the worksheet, the review longest overdue, a split, the least kept, a gap.

    asked: what is said of working together. least: the question about what is kept least, where that is worth a talk.
    names: the questions in words.
    """
    if not agreed:
        return Reading.of("n_start_sheet")
    late = overdue(agreed)
    if late:
        return Reading.of("n_start_review", text=plain(late[0]["text"]))
    divided = [reading["text"] for reading in asked if reading.template == "split"]
    if divided:
        return Reading.of("n_start_split", text=divided[0])
    if least:
        return least
    missing = gaps(agreed)
    return Reading.of("n_start_gap", name=names[missing[0]]) if missing else Reading.of("n_start_thanks")
