"""The audit: what someone can work out who holds every page at once, the pages of failed schools and what was handed out before.

It needs nothing but the ledger of what is published (``reports/published.parquet``), so that anyone can repeat it. What it looks for is what
the rules promise (METHODS.md): small sets shown, sets shown on two bases or with two numbers of persons, averages and counts beyond
the ends that are shown, small sets that follow from others by adding and subtracting, and counts of groups that are hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from cyclebook.privacy import attack, coding
from cyclebook.privacy.protect import FEW_PERSONS, RULES, PrivacyError
from cyclebook.privacy.sets import EVERY_SCALE, RespondentSet
from cyclebook.privacy.system import Keys, System, of_members

#: The last part of a statistic's name where the number is taken straight from answers, and is what coding is for.
AVERAGES, COUNTS, SHARES = ("mean", "group_mean"), ("favourable_count", "unfavourable"), ("favourable",)
#: Keys that say which variable a number is about; all other keys say which persons.
VARIABLE = ("source", "answered", "wave", "window")
#: The rest of the staff, who stand in no published set of their own.
REST = "\0"
#: Whether someone who was scored on a scale was scored on every scale.
BASE = "\0base"
SECONDS = 60.0  #: for one part of one variable; running out counts as a leak


@dataclass(frozen=True)
class Leak:
    """One way in which what is published gives a few persons away. kind: a short name; sets and pages: where; text: in words."""

    kind: str
    text: str
    sets: tuple[str, ...]
    pages: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def audit(
    published: pd.DataFrame, smallest_group: int, scales: Mapping[str, tuple[float, float]] | None = None,
    released: pd.DataFrame | None = None, renewed: Collection[tuple[str, str, str]] = (), seconds: float = SECONDS,
) -> list[Leak]:  # fmt: skip
    """Every leak that is found, the plainest kinds first.

    published: columns page, anchor, statistic, value, n, answered, set. scales: the ends of each scale by id, for averages. released: the same
    columns of all that was handed out before, and ``release``. renewed: (source, wave or window, school) of whose answers it is known that none or
    at least smallest_group came and none or as many left since (``privacy.releases``), though their numbers differ by fewer. Raises ValueError for a set that cannot be read.
    """
    table = published.assign(release="")
    if released is not None and len(released):
        table = pd.concat([table, released.assign(release=released["release"].astype("str"))], ignore_index=True)
    names = table["set"].unique()
    parsed = dict(zip(names, (dict(RespondentSet.parse(name).pairs) for name in names), strict=True))
    shown = table[table["value"].notna() | table["n"].notna() | table["answered"].notna()]
    parts = shown["statistic"].str
    direct = shown.assign(kind=parts.rsplit(".", n=1).str[-1], scale=parts.split(".", n=1).str[0], question=parts.rsplit(".", n=1).str[0])
    found = [
        *_small(direct, smallest_group),
        *_beyond(direct, smallest_group, scales or {}),
        *_two_bases(direct, parsed),
        *_skipped(direct, parsed, smallest_group),
        *_by_role(direct, parsed, smallest_group),
        *_two_sizes(direct, parsed, smallest_group, renewed),
    ]
    if any(leak.kind == "few persons" for leak in found):
        return found  # numbers of persons that are wrong make the rest of no use
    values = _averages(direct)
    for family in _variables(table, parsed):
        found += _follows(family, smallest_group, seconds)
        found += _worked_out(family, values, smallest_group, scales or {})
    return found


def check(
    published: pd.DataFrame, smallest_group: int, scales: Mapping[str, tuple[float, float]] | None = None,
    released: pd.DataFrame | None = None, renewed: Collection[tuple[str, str, str]] = (),
) -> None:  # fmt: skip
    """The gate of every run. Raises PrivacyError with the first leak, and how many there are, where ``audit`` finds any."""
    leaks = audit(published, smallest_group, scales, released, renewed)
    if leaks:
        more = f" (and {len(leaks) - 1} more)" if len(leaks) > 1 else ""
        raise PrivacyError(
            f"what would be published gives a few persons away: {leaks[0]}{more}. Nothing was published. If pages of earlier data stand among them, "
            "make all pages anew: `cyclebook run` for all schools and steps"
        )


def _small(shown: pd.DataFrame, smallest_group: int) -> Iterator[Leak]:
    needed = smallest_group * shown["kind"].map(lambda kind: RULES.get(kind, 1)).astype(int)
    behind = shown[["n", "answered"]].astype("float64").min(axis=1, skipna=False)
    for (name, kind), rows in shown[~(behind >= needed)].groupby(["set", "kind"], sort=False):
        least = int(needed[rows.index[0]])
        yield Leak(FEW_PERSONS, f"{name}: {kind} is shown of fewer than {least} persons", (name,), _pages(rows))


def _beyond(shown: pd.DataFrame, smallest_group: int, scales: Mapping[str, tuple[float, float]]) -> Iterator[Leak]:
    """Averages, counts and shares that say what nearly everyone answered."""
    n, value = shown["answered"].astype("float64"), shown["value"].astype("float64")
    few = coding.kept(smallest_group)
    low, high = pd.Series(-np.inf, shown.index), pd.Series(np.inf, shown.index)
    own = shown["set"].str.contains("school_id=")  # the district's average weighs schools, not persons
    for scale, (least, most) in scales.items():
        here = shown["kind"].isin(AVERAGES) & (shown["scale"] == scale) & own
        if here.any():
            # a unit in the last place is what is left of rounding
            margin = coding.OPEN * (smallest_group - 1) / n[here] * (most - least) - 1e-9
            low[here], high[here] = least + margin, most - margin
    counts, shares = shown["kind"].isin(COUNTS), shown["kind"].isin(SHARES)
    low[counts], high[counts] = (few if smallest_group else 0), (n - few)[counts]
    low[shares], high[shares] = (100 * few / n - 0.5 - 1e-9)[shares], (100 - 100 * few / n + 0.5 + 1e-9)[shares]
    low[counts & (shown["kind"] == "unfavourable")] = 0  # one less than it is, where nobody stands in the middle
    for name, rows in shown[(value < low) | (value > high)].groupby("set", sort=False):
        kinds = ", ".join(sorted(set(rows["statistic"]))[:3])
        yield Leak("unanimous", f"{name}: {kinds} says what nearly everyone answered", (name,), _pages(rows))


def _two_bases(shown: pd.DataFrame, parsed: Mapping[str, Keys]) -> Iterator[Leak]:
    """One scale or question on two bases in one wave: who is in one and not in the other skipped a question."""
    rows = shown[shown["kind"].isin((*AVERAGES, *COUNTS, *SHARES))].drop_duplicates(["set", "question"])
    base = [parsed[name].get("answered", ()) for name in rows["set"]]
    where = [tuple(pair for pair in sorted(parsed[name].items()) if pair[0] != "answered") for name in rows["set"]]
    for (question, _), same in rows.assign(base=base, where=where).groupby(["question", "where"], sort=False):
        if same["base"].nunique() > 1:
            names = tuple(same.drop_duplicates("base")["set"])
            yield Leak("two bases", f"{question} is shown for two groups that differ by who skipped a question: {' and '.join(names[:2])}", names, _pages(same))


def _skipped(shown: pd.DataFrame, parsed: Mapping[str, Keys], smallest_group: int) -> Iterator[Leak]:
    """A group (of a role, of some years) with numbers of persons that differ by few from scale to scale, or from those who answered: of these few
    it is told which group they are of."""
    counts: dict[tuple, dict[int, str]] = {}
    for name, rows in shown[shown["release"] == ""].groupby("set", sort=False):
        keys = parsed[name]
        group = tuple(sorted((key, values) for key, values in keys.items() if key not in VARIABLE))
        if not set(dict(group)) - {"school_id", "flagged"}:
            continue
        if keys.get("source") == ("roster",):  # how many of those on the roster answered a survey
            for one in rows[rows["kind"] == "role_answers"].itertuples():
                counts.setdefault((one.scale, keys.get("wave"), group), {}).setdefault(int(one.value), name)
        else:
            counts.setdefault((keys.get("source", ("",))[0], keys.get("wave"), group), {}).setdefault(int(rows["n"].max()), name)
    for found in counts.values():
        sizes = sorted(found)
        for before, after in zip(sizes, sizes[1:], strict=False):
            if after - before < smallest_group:
                names = found[before], found[after]
                yield Leak("skipped", f"{names[0]}: counted as {before} and as {after}, so {after - before} of this group skipped a question", names, _pages(shown[shown["set"].isin(names)]))


def _by_role(shown: pd.DataFrame, parsed: Mapping[str, Keys], smallest_group: int) -> Iterator[Leak]:
    """Counts by role beside a school's own number of answers and the staff of each role that say of few persons which role they (do not) have:
    of those who answered and are in no count, of those not heard from, and of both together."""
    places: dict[tuple, dict[tuple, dict[str, tuple[int, str]]]] = {}
    kinds = ("answers", "role_answers", "role_head_count")
    for one in shown[(shown["release"] == "") & shown["kind"].isin(kinds)].itertuples():
        keys = parsed[one.set]
        if keys.get("source") == ("roster",):
            place = places.setdefault((one.scale, keys.get("wave"), keys.get("school_id")), {})
            place.setdefault(keys.get("role", ()), {})[one.kind.removeprefix("role_")] = int(one.value), one.set
    for place in places.values():
        everyone = place.pop((), {})
        parts = [part for part in place.values() if set(part) == {"answers", "head_count"}]
        if len(parts) < 2 or "answers" not in everyone:
            continue
        (answers, whole), counted, staff = everyone["answers"], sum(part["answers"][0] for part in parts), sum(part["head_count"][0] for part in parts)
        found = {"answered and are in no role's count": answers - counted, "did not answer": staff - answers, "are in no role's count": staff - counted}
        for part in parts:
            (own, name), (heads, _) = part["answers"], part["head_count"]
            for who, persons in found.items():
                most = min(persons, heads - own)
                if 0 < persons < smallest_group and most < persons or 0 < most < smallest_group <= persons:
                    text = f"{name}: of the {persons} who {who} no more than {most} are of this group"
                    yield Leak("skipped", text, (name, whole), _pages(shown[shown["set"].isin((name, whole))]))


def _two_sizes(
    shown: pd.DataFrame, parsed: Mapping[str, Keys], smallest_group: int, renewed: Collection[tuple[str, str, str]]
) -> Iterator[Leak]:
    """One set with two numbers of persons, or with two values for the same number: someone came, left or changed an answer."""
    if renewed:
        known = {name for name in shown["set"].unique() if _renewed(parsed[name], renewed)}
        shown = shown[(shown["release"] == "") | ~shown["set"].isin(known)]
    several = shown.groupby("set", sort=False)["n"].transform("nunique") > 1
    for name, rows in shown[several].groupby("set", sort=False):
        sizes = sorted({int(n) for n in rows["n"]})
        closest = min(after - before for before, after in zip(sizes, sizes[1:], strict=False))
        if closest < smallest_group or rows["release"].nunique() == 1 and rows["page"].nunique() == 1:
            yield Leak("changed by few", f"{name}: shown with {' and with '.join(map(str, sizes))} persons", (name,), _pages(rows))
    counts = shown[shown["kind"] == "role_answers"]
    counts = counts[counts.groupby(["set", "scale"], sort=False)["value"].transform("nunique") > 1]
    for (name, _), rows in counts.groupby(["set", "scale"], sort=False):
        sizes = sorted({int(value) for value in rows["value"]})
        if min(after - before for before, after in zip(sizes, sizes[1:], strict=False)) < smallest_group:
            yield Leak("changed by few", f"{name}: {' and '.join(map(str, sizes))} of them are counted", (name,), _pages(rows))
    # between releases the answers themselves are compared, when they are read (``privacy.releases``): a scale may be shown otherwise now
    straight = shown[shown["kind"].isin((*AVERAGES, *COUNTS, *SHARES)) & shown["set"].str.contains("school_id=") & (shown["release"] == "")]
    keys = ["set", "statistic", "n"]
    changed = straight[straight.groupby(keys, sort=False)["value"].transform("nunique") > 1]
    for name, rows in changed.groupby("set", sort=False):
        yield Leak("changed by few", f"{name}: two values of {rows['statistic'].iloc[0]} for the same number of persons", (name,), _pages(rows))


def _renewed(keys: Keys, renewed: Collection[tuple[str, str, str]]) -> bool:
    """Whether a set's own school is known to have changed by enough, or, of a union, one of its schools.

    A group of one school gets and loses none or enough, and its number of persons changes by as many, so no group is exempt; but where groups of
    several schools have changed, what one gets and another loses may come to few.
    """
    schools = keys.get("school_id", ())
    here = {school for source, period, school in renewed if (source,) == keys.get("source") and (period,) in (keys.get("wave"), keys.get("window"))}
    here = here & set(schools) if schools else here
    grouped = set(keys) - {*VARIABLE, "school_id", "flagged"}
    return len(here) > 1 if grouped else bool(here)


@dataclass(frozen=True)
class _Variable:
    """All sets that tell of one variable (a scale, an item, a week's question): names, keys without the variable's, n or nan where hidden."""

    names: tuple[str, ...]
    keys: tuple[Keys, ...]
    n: np.ndarray
    pages: Mapping[str, tuple[str, ...]]


def _variables(table: pd.DataFrame, parsed: Mapping[str, Keys]) -> list[_Variable]:
    scales = table["statistic"].str.split(".", n=1).str[0]
    sets = table.assign(scale=scales).groupby(["release", "set"], sort=False).agg(n=("n", "max"), page=("page", "unique"), scale=("scale", "unique"))
    groups: dict[tuple, dict[str, list]] = {}
    for one in sets.reset_index().itertuples(index=False):
        keys = parsed[one.set]
        persons = {key: values for key, values in keys.items() if key not in VARIABLE}
        bases = [keys.get("answered", ())]
        if bases == [(EVERY_SCALE,)]:  # who was scored on every scale stands among those who were scored on each of them
            bases, persons = [(scale,) for scale in one.scale], persons | {BASE: (EVERY_SCALE,)}
        for base in bases:
            by_release = groups.setdefault(tuple((keys | {"answered": base}).get(key, ()) for key in VARIABLE), {})
            by_release.setdefault(one.release, []).append((one.set, persons, one.n, one.page))
    variables = []
    for by_release in groups.values():
        if all(set(keys) == {"school_id"} and len(keys["school_id"]) == 1 for sets_of in by_release.values() for _, keys, _, _ in sets_of):
            continue  # each school by itself: nothing to add up
        found: dict[tuple, tuple] = {}
        now = _staffed(by_release.get("", []))
        for release, sets_of in by_release.items():
            then = now if not release else _staffed(sets_of)
            for name, keys, n, pages in sets_of:
                keys = keys if not release else _as_it_was(keys, then, now)
                label = f"{name} (release {release})" if release and keys != parsed[name] else name
                known = tuple(sorted(keys.items()))
                if known not in found or pd.isna(found[known][2]):
                    found[known] = (label, keys, n, tuple(pages))
        names, keys, n, pages = zip(*found.values(), strict=True)
        whole = _Variable(names, keys, np.array([np.nan if pd.isna(one) else float(one) for one in n]), dict(zip(names, pages, strict=True)))
        variables += _by_kind(whole)
    return variables


def _staffed(sets_of: Sequence[tuple]) -> dict[str, float]:
    """The number of persons of each school in one release, nan where it is hidden."""
    return {keys["school_id"][0]: float("nan") if pd.isna(n) else float(n) for _, keys, n, _ in sets_of if set(keys) == {"school_id"} and len(keys["school_id"]) == 1}


def _as_it_was(keys: Keys, then: Mapping[str, float], now: Mapping[str, float]) -> Keys:
    """The keys of a set that was handed out: a school in which another number of persons stood then is another group of persons.

    How far the two overlap is for ``_two_sizes`` and, group by group, for ``privacy.releases``; here neither may help to work out the other. A set of all schools is that of the schools of then.
    """
    changed = {school: f"{school}{REST}{n:.0f}" for school, n in then.items() if np.isfinite(n) and np.isfinite(now.get(school, np.nan)) and n != now[school]}
    if not changed:
        return keys
    return {**keys, "school_id": tuple(sorted(changed.get(school, school) for school in keys.get("school_id", tuple(then))))}


def _by_kind(variable: _Variable) -> list[_Variable]:
    """The sets of each kind of group (role, years) with the sets of everyone, where what follows from all kinds follows from one of them.

    Whoever does not know which roles go with which years can only tell sums over a school apart by one kind at a time: a combination that is 0
    or 1 on every combination of role and years depends on one of the two. Where every school's own sum is known, the other kinds can be
    taken out of it, so each kind is searched by itself; where it is not, all kinds are searched together.
    """
    kinds = [frozenset(keys) - {"school_id", BASE} for keys in variable.keys]
    named = sorted({tuple(sorted(kind)) for kind in kinds if kind})
    if len(named) < 2 or any(len(kind) > 1 for kind in named):
        return [variable]
    shown = np.isfinite(variable.n)
    totals = {keys["school_id"] for keys, kind, here in zip(variable.keys, kinds, shown, strict=True) if not kind and here and "school_id" in keys}
    grouped = {keys["school_id"] for keys, kind, here in zip(variable.keys, kinds, shown, strict=True) if kind and here and "school_id" in keys and len(keys["school_id"]) == 1}
    if not grouped <= totals:
        return [variable]
    found = []
    for (kind,) in named:
        which = [place for place, one in enumerate(kinds) if one <= {kind}]
        found.append(_Variable(tuple(variable.names[one] for one in which), tuple(variable.keys[one] for one in which), variable.n[which], variable.pages))
    return found


def _follows(variable: _Variable, smallest_group: int, seconds: float) -> Iterator[Leak]:
    """Small sets that follow from sums, and counts of hidden groups."""
    system, _ = of_members(_cells(variable.keys), variable.keys)
    shown = np.isfinite(variable.n)
    system = System(system.rows, np.where(shown, variable.n, 1.0), np.full(system.rows.shape[1], np.nan))
    places = np.flatnonzero(shown)
    for one in attack.small_sets(system.take(places), smallest_group, seconds):
        names = tuple(variable.names[places[place]] for place in one.sets)
        if np.isnan(one.persons):
            text = f"the search ran out of time among {len(names)} sets, the first of them {names[0]}"
        else:
            signs = [("plus " if weight > 0 else "less ") + name for weight, name in sorted(zip(one.weights, names, strict=True), reverse=True)]
            text = f"{int(one.persons)} person{'s' if one.persons != 1 else ''} by subtraction: {'; '.join(signs)}".replace(": plus ", ": ", 1)
        yield Leak("subtraction", text, names, _of(variable, names))
    grouped = np.array([bool(set(keys) - {"school_id", BASE}) for keys in variable.keys])
    reach = np.full(len(shown), float(smallest_group))
    try:
        counts = attack.open_counts(system, shown, reach, of=grouped)
    except ValueError:  # pages of different days: no numbers agree with all of them, so none can be worked out of them together
        counts = {}
    for place, span in counts.items():
        names = (variable.names[place], *(variable.names[one] for one in span.sets))
        yield Leak("count", f"{names[0]} is hidden, yet holds no more than {span.high:.0f} persons, by {len(span.sets)} other sets", names, _of(variable, names))


def _averages(direct: pd.DataFrame) -> dict[str, tuple[str, float, float]]:
    """Set → scale, average as shown, and half a unit of its last digit."""
    rows = direct[direct["kind"].isin(AVERAGES) & direct["value"].notna() & direct["set"].str.contains("school_id=")]
    half = {scale: 0.5 * 10.0 ** -max(_digits(value) for value in values) for scale, values in rows.groupby("scale")["value"]}
    return {one.set: (one.scale, float(one.value), half[one.scale]) for one in rows.itertuples()}


def _digits(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").rpartition(".")[2])


def _worked_out(
    variable: _Variable, values: Mapping[str, tuple[str, float, float]], smallest_group: int, scales: Mapping[str, tuple[float, float]]
) -> Iterator[Leak]:
    """Averages of what is left of a school when its published groups of one kind are taken away, where they say what one person answered."""
    known = [place for place, name in enumerate(variable.names) if name in values and values[name][0] in scales]
    kinds = {place: set(variable.keys[place]) - {"school_id", BASE} for place in known}
    grouped = {place: next(iter(kind), "") for place, kind in kinds.items() if len(kind) <= 1}
    for school in known:
        if grouped.get(school, None) != "" or "school_id" not in variable.keys[school]:
            continue
        for kind in sorted(set(grouped.values()) - {""}):
            parts = [one for one in known if grouped.get(one) == kind and variable.keys[one].get("school_id") == variable.keys[school]["school_id"]]
            if not parts:
                continue
            least, most = scales[values[variable.names[school]][0]]
            sizes = variable.n[parts]
            rest = variable.n[school] - sizes.sum()
            if rest < 0.5:
                parts, sizes = parts[:-1], sizes[:-1]
                rest = variable.n[school] - sizes.sum()
            low, high = np.array([_left_open(values[variable.names[one]], variable.n[one], smallest_group, least, most) for one in [school, *parts]]).T
            rows = csr_matrix(np.vstack([np.ones(len(parts) + 1), np.eye(len(parts), len(parts) + 1)]))
            system = System(rows, variable.n[[school, *parts]], np.append(sizes, rest))
            try:
                _, persons = attack.open_values(system, low, high, least, most, 1, coding.OPEN * (most - least))
            except ValueError:  # no answers agree with these averages: they are of different people
                continue
            for span in persons.values():
                names = tuple(variable.names[[school, *parts][place]] for place in span.sets)
                text = f"what one person answered is known to lie from {span.low:.2f} to {span.high:.2f}, by {' and '.join(names)}"
                yield Leak("worked out", text, names, _of(variable, names))
                break


def _left_open(shown: tuple[str, float, float], n: float, smallest_group: int, least: float, most: float) -> tuple[float, float]:
    """The bounds that a published average leaves, coded at its ends or not."""
    _, value, half = shown
    lowest, highest = coding.ends(n, smallest_group, least, most, round(-np.log10(2 * half)))
    low = least if value <= lowest + 1e-9 else max(least, value - half)
    return low, most if value >= highest - 1e-9 else min(most, value + half)


def _cells(sets: Sequence[Keys]) -> pd.DataFrame:
    """The common refinement of sets: every combination of the values that are named and of the rest.

    A combination that has no row of its own may hold someone all the same: those who lead a school are a group of the district only.
    """
    columns = sorted({key for keys in sets for key in keys})
    values = {name: sorted({value for keys in sets for value in keys.get(name, ())}) for name in columns}
    return pd.DataFrame(list(product(*([*values[name], REST] for name in columns))), columns=columns)


def _pages(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{page} (release {release})" if release else page for page, release in zip(rows["page"], rows["release"], strict=True)))


def _of(variable: _Variable, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(page for name in names for page in variable.pages[name]))
