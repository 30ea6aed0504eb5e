"""How long the plan and the audit of a whole district take, and how that grows.

    python -m tests.studies.privacy [--data DIR] [--schools 100,300,1000] [--seconds S]

Kentucky (where the data are present): teachers of 1,488 schools in 177 districts and the state at k = 10, averages of any kind. Then drawn
districts of 8 to 59 staff a school (four roles, four bands of years, five groups of race): 60 schools with three breakdowns, and one breakdown over
more and more schools, with and without the district's averages by group, which run across all schools. Seconds of one process; the
last column is the time for each school as a ratio to the first line of its kind.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cyclebook.privacy import RespondentSet
from cyclebook.privacy.audit import audit
from cyclebook.privacy.plan import Candidate, Decision, decide

SHARES = {"role": (0.62, 0.2, 0.13, 0.05), "years": (0.25, 0.3, 0.3, 0.15), "race": (0.6, 0.15, 0.15, 0.06, 0.04)}
WHOLE = 1e7  #: what the average of a school or the district weighs against any group's


def drawn(schools: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    staff = rng.integers(8, 60, schools)
    members = pd.DataFrame({"school_id": np.repeat([f"S{number:05}" for number in range(schools)], staff)})
    return members.assign(**{kind: rng.choice([f"{kind}{i}" for i in range(len(p))], len(members), p=p) for kind, p in SHARES.items()})


def candidates(members: pd.DataFrame, kinds: Sequence[str], across: bool) -> list[Candidate]:
    """The district, its schools, their groups and, with ``across``, the district's groups."""
    found = [Candidate({}, WHOLE, True), *(Candidate({"school_id": (name,)}, WHOLE, True) for name in members["school_id"].unique())]
    for kind in kinds:
        if across:
            found += [Candidate({kind: (value,)}, WHOLE / 100) for value in members[kind].unique()]
        cells = members.value_counts(["school_id", kind], sort=False).reset_index()
        found += [Candidate({"school_id": (school,), kind: (value,)}, float(n)) for school, value, n in cells.itertuples(index=False)]
    return found


def kentucky(data: Path) -> tuple[pd.DataFrame, list[Candidate]]:
    table = pd.read_csv(data / "ky/KYRC24_OVW_Teacher_Turnover.csv", dtype="str", encoding="utf-8-sig")
    table = table.assign(persons=table["Teacher Count"].str.replace(",", "").astype("float64"))
    table = table[(table["School Name"] != "All Schools") & (table["persons"] > 0)]
    members = table.rename(columns={"District Number": "district", "School Code": "school_id"})[["district", "school_id", "persons"]]
    totals = members.groupby("district")["persons"].sum()
    # one district has fewer than ten teachers in all, so another district's total is hidden, too
    found = [Candidate({}, WHOLE, True), *(Candidate({"district": (name,)}, 1000 + total) for name, total in totals.items())]
    return members, found + [Candidate({"district": (d,), "school_id": (s,)}, n) for d, s, n in members.itertuples(index=False)]


def ledger(members: pd.DataFrame, found: Sequence[Candidate], plan: Decision) -> pd.DataFrame:
    """What pages would publish: an average of each set that may be shown, a blank for each that may not."""
    persons = members.get("persons", pd.Series(1.0, members.index))
    sizes: dict[tuple, pd.Series] = {}
    rows = []
    for one in found:
        names = tuple(sorted(one.keys))
        if names not in sizes:
            sizes[names] = persons.groupby([members[name] for name in names]).sum() if names else persons
        values = tuple(one.keys[name][0] for name in names)
        n = float(sizes[names].loc[values if len(values) > 1 else values[0]] if names else persons.sum())
        shown = plan.published(one.keys)
        text = str(RespondentSet.of(source="survey", wave="now", answered="trust", **one.keys))
        rows.append(("page", "groups", "trust.group_mean", 3.1 if shown else None, n if shown else None, n if shown else None, text))
    columns = ["page", "anchor", "statistic", "value", "n", "answered", "set"]
    return pd.DataFrame(rows, columns=columns).astype({"value": "float64", "n": "Int64", "answered": "Int64"})


def line(what: str, members: pd.DataFrame, found: Sequence[Candidate], k: int, seconds: float) -> float:
    """Plan and audit once, and print how long it took; seconds of both."""
    start = time.perf_counter()
    plan = decide({"trust": members}, found, k, seconds=seconds)
    planned = time.perf_counter()
    leaks = audit(ledger(members, found, plan), k)
    end = time.perf_counter()
    gap = f"{100 * plan.gap:.1f} %"
    print(
        f"{what:42} {len(found):7,} sets {len(plan.primary):6,} few {len(plan.complementary):6,} more hidden   gap {gap:>6}   "
        f"plan {planned - start:7.1f} s   audit {end - planned:6.1f} s   leaks {len(leaks)}", end="", flush=True,
    )  # fmt: skip
    return end - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CYCLEBOOK_SHARED", "../shared")) / "data")
    parser.add_argument("--schools", default="100,300,1000")
    parser.add_argument("--seconds", type=float, default=240.0)
    options = parser.parse_args()
    if (options.data / "ky").is_dir():
        line("Kentucky, k = 10", *kentucky(options.data), 10, options.seconds)
        print()
    else:
        print(f"Kentucky is left out: there is no folder {options.data / 'ky'}")
    members = drawn(60)
    for kinds in (("role",), ("role", "years"), ("role", "years", "race")):
        line(f"60 schools, {len(kinds)} breakdown{'s' * (len(kinds) > 1)}, k = 5", members, candidates(members, kinds, True), 5, options.seconds)
        print()
    for across in (False, True):
        first = None
        for count in map(int, options.schools.split(",")):
            members = drawn(count)
            what = f"{count:,} schools, roles{' and the district by role' * across}, k = 5"
            each = line(what, members, candidates(members, ("role",), across), 5, options.seconds) / count
            first = first or each
            print(f"   each school {each / first:.2f}")


if __name__ == "__main__":
    main()
