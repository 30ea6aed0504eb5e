"""Rows of statistics on readiness, rounded as shown and not yet protected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cyclebook.climate.readiness import Evidence, Rules, arrange, judge
from cyclebook.climate.readiness_study import could_show, next_evidence, rates
from cyclebook.climate.rows import rounded
from cyclebook.privacy.protect import BOUND, COLUMNS

SCALE = "readiness"
SEED = 20251121


def statistics(evidence: pd.DataFrame, settings: Mapping[str, object], seed: int = SEED) -> pd.DataFrame:
    """Rows on readiness (columns ``privacy.protect.COLUMNS`` and ``bound``), wave by wave; ``scale`` is ``readiness`` in all of them.

    evidence: columns of ``readiness.COLUMNS`` and wave, set (who stands behind the value; empty where nobody's answers do), n (persons in
    it; 0 then), and, if a page of the district's numbers is to name its sets, district_set, district_n. The values must be those that are
    shown, rounded and coded: then all that follows is made of public numbers. Values of fewer persons than ``smallest_group`` are
    left out. settings: ``smallest_group`` and ``readiness_*`` by name. Of each school:

    - ``readiness_sources``: how many sources can be used;
    - with at least as many as the rules ask for: ``readiness_verdict`` (1 ready, -1 community first, 0 cannot tell);
      ``readiness_chance``, ``readiness_chance_low``, ``readiness_chance_high``: the probability, and the same at both ends of what non-response could have
      moved, in tenths and never rounded across a threshold; ``readiness_say``: what each source (``item``) adds, in spreads between schools;
      ``readiness_could_ready``, ``readiness_could_community``: what the school could have shown;
    - ``readiness_next``: the probability that the kind of evidence in ``item`` ("add:visits") changes what is told.

    Of the district (empty school_id), in percent: ``readiness_community_of_ready``, ``readiness_ready_of_others``, ``readiness_decided``,
    ``readiness_wrong_of_ready``, ``readiness_wrong_of_community`` (``readiness_study.Rates``).

    Rows on one source have its set. Rows on several have the first two sets; every further one stands beside them on its own row.
    Raises ValueError as ``readiness.arrange`` and ``Rules`` do.
    """
    rules, smallest = Rules.of(settings), int(settings["smallest_group"])
    seen = evidence[(evidence["set"] == "") | (evidence["n"] >= smallest)]
    rows = [row for wave, here in seen.groupby("wave", sort=False) for row in _of_wave(str(wave), here, rules, seed)]
    return pd.DataFrame(rows, columns=[*COLUMNS, BOUND])


def tenths(chance: float, rules: Rules) -> float:
    """A probability in tenths that lies on the same side of both thresholds as the probability itself."""
    ready, community = np.ceil(round(10 * rules.ready_at, 9)) / 10, np.floor(round(10 * rules.community_at, 9)) / 10
    near = float(rounded(chance, 1))
    if chance >= rules.ready_at:
        return max(near, float(ready))
    if chance <= rules.community_at:
        return min(near, float(community))
    return float(rounded(min(max(near, community + 0.1), ready - 0.1), 1))


def _of_wave(wave: str, table: pd.DataFrame, rules: Rules, seed: int) -> Iterator[dict]:
    evidence = arrange(table)
    by_school = dict(tuple(table.groupby("school_id", sort=False)))
    judged = judge(evidence, rules)
    up, down = could_show(evidence, rules, seed)
    known = np.isfinite(evidence.value)
    following = next_evidence(evidence, rules).set_index("school_id")
    for j, school in enumerate(evidence.schools):
        own = by_school[school].set_index("source")
        used = [source for s, source in enumerate(evidence.sources) if known[j, s]]
        place = {"school_id": school, "wave": wave} | _sets(own.loc[used] if used else own)
        yield _row(place, "readiness_sources", len(used), 0)
        if len(used) >= rules.sources:
            yield _row(place, "readiness_verdict", judged.verdict[j], 0)
            for name, chance in (("", judged.probability[j]), ("_low", judged.low[j]), ("_high", judged.high[j])):
                yield _row(place, f"readiness_chance{name}", tenths(chance, rules), 1)
            yield _row(place, "readiness_could_ready", up[j], 1)
            yield _row(place, "readiness_could_community", down[j], 1)
            for s, source in enumerate(evidence.sources):
                if known[j, s]:
                    yield _row(place | _sets(own.loc[[source]]), "readiness_say", judged.say[j, s], 1, item=source)
        if school in following.index:
            row = following.loc[school]
            yield _row(place, "readiness_next", row["chance"], 1, item=f"{row['kind']}:{row['source']}")
    yield from _of_district(wave, table, evidence, rules, seed)


def _of_district(wave: str, table: pd.DataFrame, evidence: Evidence, rules: Rules, seed: int) -> Iterator[dict]:
    used = table[table["source"].isin(evidence.sources)]
    whole = used.drop_duplicates("source").set_index("source")
    if "district_set" in whole:
        whole = whole.assign(set=whole["district_set"], n=whole["district_n"])
    else:
        whole = whole.assign(set="", n=0)
    place = {"school_id": "", "wave": wave} | _sets(whole)
    for name, share in rates(evidence, rules, seed)._asdict().items():
        yield _row(place, f"readiness_{name}", 100 * share, 0)


def _sets(sources: pd.DataFrame) -> dict[str, object]:
    """Who stands behind a number made of these sources: the first two sets of persons, none twice."""
    found = list(sources.loc[sources["set"] != "", ["set", "n"]].drop_duplicates("set").itertuples(index=False, name=None))
    (first, n), (other, other_n) = [*found, ("", 0), ("", 0)][:2]
    return {"set": first, "n": int(n), "answered": int(n), "other_set": other, "other_n": int(other_n)}


def _row(place: Mapping[str, object], statistic: str, value: float, decimals: int, item: str = "") -> dict[str, object]:
    shown = float(rounded(value, decimals))
    return {"scale": SCALE, "item": item, "statistic": statistic, "value": shown, "decimals": decimals, "why": "", BOUND: "", **place}
