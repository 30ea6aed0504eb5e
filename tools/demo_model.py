"""The demonstration district as it truly is: its schools, its staff, what they think and who answers.

Everything is drawn here, clean; `demo_exports` turns it into files as messy as real ones. Each table has a generator of its
own, so that a new table, or one more draw in one of them, changes no other table.

How answers come about. Person i in school g answers item j of scale s in wave w with
    y = mean_s + season_w + school_gs + wobble_gsw + change_gsw + person_isw + item_j + noise
cut at 1.5, 2.5, 3.5 and 4.5 into 1 to 5. `true_means` is the expectation of that, in scale points, so it is exact.
"""
from __future__ import annotations

import math
import zlib

import numpy as np
import pandas as pd

SEED = 20240304
WAVES = ("2024-spring", "2024-fall", "2025-spring", "2025-fall")
SCALES = {  # centre and spread of the school effects on the latent scale, difficulty of the items (after reversing)
    "trust": (3.62, 0.22, (0.15, -0.10, 0.25, -0.35, 0.05)),
    "community": (3.55, 0.22, (0.20, -0.15, -0.40, 0.35)),
    "efficacy": (3.72, 0.14, (0.30, 0.05, -0.15, -0.30, 0.10, 0.00)),
}
REVERSED = ("trust_4", "efficacy_4")
ITEMS = [f"{scale}_{j + 1}" for scale, (_, _, items) in SCALES.items() for j in range(len(items))]
PERSON_SD, NOISE_SD = 0.68, 0.75
SEASON = {"spring": 0.0, "fall": 0.04}

# id, name, level, staff, coach, supervisor, cohort, opened, closed, successor, aliases
SCHOOLS = pd.DataFrame([line.split(",") for line in """\
0101,Yarrow Bluff Elementary School,elementary,43,Coach Basalt,Area 1,Cohort 1,,,,Yarrow Bluff|Yarrow Bluff ES
0102,Penstemon Hollow Elementary School,elementary,52,Coach Basalt,Area 1,Cohort 2,,,,Penstemon Hollow
0103,Snowberry Coulee Elementary School,elementary,40,Coach Basalt,Area 1,Cohort 1,,,,Snowberry Coulee
0104,Balsamroot Slope Elementary School,elementary,46,Coach Basalt,Area 1,Cohort 3,,,,Balsamroot Slope
0105,Milkvetch Mesa Elementary School,elementary,40,Coach Basalt,Area 1,Cohort 2,,,,Milkvetch Mesa
0106,Greasewood Draw Elementary School,elementary,42,Coach Gneiss,Area 1,Cohort 3,,,,Greasewood Draw
0107,Needlegrass Butte Elementary School,elementary,48,Coach Gneiss,Area 1,Cohort 1,,,,Needlegrass Butte
0108,Fescue Saddle Elementary School,elementary,34,Coach Gneiss,Area 1,Cohort 1,,,,Fescue Saddle
0109,Horsetail Spring Elementary School,elementary,33,Coach Gneiss,Area 2,Cohort 2,,,,Horsetail Spring|Horse Tail Spring
0110,Alumroot Ledge Elementary School,elementary,38,Coach Gneiss,Area 2,Cohort 3,,,,Alumroot Ledge
0111,Gilia Terrace Elementary School,elementary,26,Coach Gneiss,Area 2,Cohort 2,,2025-06-13,0109,Gilia Terrace
0112,Mariposa Tableland Elementary School,elementary,28,Coach Marl,Area 2,Cohort 3,2024-08-12,,,Mariposa Tableland
0113,Saltbush Pan Elementary School,elementary,18,Coach Marl,Area 2,Cohort 3,,,,Saltbush Pan
0114,Sedge Fen School,elementary,9,Coach Marl,Area 2,Cohort 2,,,,Sedge Fen
0201,Bluebunch Moraine Middle School,middle,62,Coach Marl,Area 3,Cohort 1,,,,Bluebunch Moraine|Bluebunch MS
0202,Arnica Cirque Middle School,middle,56,Coach Marl,Area 3,Cohort 1,,,,Arnica Cirque
0203,Mullein Scarp Middle School,middle,48,Coach Marl,Area 3,Cohort 2,,,,Mullein Scarp
0204,Chokecherry Bench Middle School,middle,44,Coach Schist,Area 3,Cohort 2,,,,Chokecherry Bench
0205,Rabbitbrush Alluvium Middle School,middle,38,Coach Schist,Area 3,Cohort 3,,,,Rabbitbrush Alluvium
0206,Lupine Esker Middle School,middle,36,Coach Schist,Area 3,Cohort 3,,,,Lupine Esker|Basin Rim Middle School|Basin Rim
0301,Juniper Point High School,high,118,Coach Schist,Area 4,Cohort 1,,,,Juniper Point
0302,Buckwheat Hogback High School,high,96,Coach Schist,Area 4,Cohort 2,,,,Buckwheat Hogback
0303,Larkspur Tor High School,high,74,Coach Schist,Area 4,Cohort 3,,,,Larkspur Tor
0304,Tamarack Kame High School,high,60,Coach Schist,Area 4,Cohort 2,,,,Tamarack Kame""".splitlines()],
    columns=["school_id", "name", "level", "staff", "coach", "supervisor", "cohort", "opened", "closed", "successor",
             "aliases"]).astype({"staff": int})
OPEN = {w: [s for s in SCHOOLS.school_id if not (s == "0112" and w == "2024-spring" or s == "0111" and w == "2025-fall")]
        for w in WAVES}

# The stories: what is special, so that each page of the reports has a school to show it.
SPECIAL = {"nine_staff": "0114", "below_gate": "0302", "four_answers": "0113", "renamed": "0206", "closed": "0111",
           "successor": "0109", "opened": "0112", "near_top": "0110", "rising_response": "0304"}
OLD_NAME = "Basin Rim Middle School"       # of 0206, until the summer of 2025
CHANGES = {("0103", "trust"): 0.52, ("0108", "community"): 0.60, ("0202", "efficacy"): 0.50,   # latent, fall to fall
           ("0106", "trust"): -0.50, ("0203", "community"): -0.80}
DIVIDED = {("0204", "community_3"): 1.4, ("0204", "trust_2"): 1.6, ("0105", "efficacy_3"): 1.4}   # two camps, this far from the middle
NEAR_TOP = {("0110", "efficacy"): 1.55}    # school effect on the latent scale, instead of the drawn one
RATES = {("0302", "2024-spring"): .64, ("0302", "2024-fall"): .57, ("0302", "2025-spring"): .51, ("0302", "2025-fall"): .28,
         ("0304", "2024-spring"): .37, ("0304", "2024-fall"): .43, ("0304", "2025-spring"): .53, ("0304", "2025-fall"): .66,
         ("0201", "2024-spring"): .88, ("0201", "2024-fall"): .93, ("0201", "2025-spring"): .95, ("0201", "2025-fall"): .94}
COUNTS = {("0113", "2025-fall"): 4, ("0114", "2024-spring"): 8, ("0114", "2024-fall"): 6, ("0114", "2025-spring"): 7,
          ("0114", "2025-fall"): 9}
ROLES = {"Teacher": .66, "Paraeducator": .16, "Specialist": .09, "Office and support": .09}
ITINERANT = 12
YEARS, YEARS_CUTS, YEARS_TIE = ["0-3 years", "4-9 years", "10 or more years"], [-.52, .30], .35   # bands; where they are cut; how far they go with trust


def rng(table: str) -> np.random.Generator:
    """The generator of one table: the root seed and the table's name, nothing else."""
    return np.random.default_rng(np.random.SeedSequence(entropy=SEED, spawn_key=(zlib.crc32(table.encode()),)))


def staff() -> pd.DataFrame:
    """Who works where: wave, school_id, token, role, person (a running number); one row per person, school and wave."""
    draw = rng("staff")
    tokens = iter([f"{t:06d}" for t in draw.choice(1_000_000, size=4000, replace=False)])
    people: list[tuple[str, str]] = []          # person -> token, role

    def hire(role: str | None = None) -> int:
        people.append((next(tokens), role or str(draw.choice(list(ROLES), p=list(ROLES.values())))))
        return len(people) - 1

    size = SCHOOLS.set_index("school_id").staff
    ordinary = [s for s in OPEN[WAVES[0]] if s not in (*SPECIAL.values(), "0301")]
    travelling = [(hire("Specialist"), *(str(s) for s in draw.choice(ordinary, 2, replace=False))) for _ in range(ITINERANT)]
    team: dict[str, list[int]] = {s: [] for s in SCHOOLS.school_id}
    moved: list[int] = []
    rows = []
    for number, wave in enumerate(WAVES):
        leaving = 0.13 if wave.endswith("fall") else 0.03
        if wave == "2025-fall":                 # the closed school's staff: most to its successor, some elsewhere
            moved, team["0111"] = team["0111"], []
            team["0109"] += moved[:18]
            size = size + pd.Series({"0109": 16}).reindex(size.index, fill_value=0)
        for school in OPEN[wave]:
            kept = [p for p in team[school] if p in moved or draw.random() >= leaving] if number else []
            drift = int(draw.integers(-2, 3)) if size[school] > 20 else 0
            wanted = size[school] + drift
            arrivals = [moved[18]] if wave == "2025-fall" and school == "0107" else []
            kept = (kept + arrivals)[:wanted]
            while len(kept) < wanted:
                kept.append(hire("Administrator" if not kept else None))
            team[school] = kept
            here = kept + [p for p, *two in travelling if school in two]
            rows += [(wave, school, people[p][0], people[p][1], p) for p in here]
    frame = pd.DataFrame(rows, columns=["wave", "school_id", "token", "role", "person"])
    return frame.sort_values(["wave", "school_id", "token"], key=lambda c: c.map(WAVES.index) if c.name == "wave" else c,
                             ignore_index=True)


def school_levels() -> dict[tuple[str, str, str], float]:
    """(school_id, scale, wave) -> centre of the school's latent answers. Falls differ only by the true changes."""
    draw, ids = rng("school_effects"), list(SCHOOLS.school_id)
    common = draw.normal(size=len(ids))
    levels = {}
    for scale, (centre, spread, _) in SCALES.items():
        effect = math.sqrt(.6) * common + math.sqrt(.4) * draw.normal(size=len(ids))
        effect = spread * (effect - effect.mean()) / effect.std()
        for school, value in zip(ids, effect):
            value = NEAR_TOP.get((school, scale), value)
            change = CHANGES.get((school, scale), 0.0)
            for wave in WAVES:
                wobble = draw.normal(0, .06) if wave.endswith("spring") else 0.0
                since = {"2025-spring": change / 2, "2025-fall": change}.get(wave, 0.0)
                levels[school, scale, wave] = centre + SEASON[wave[5:]] + value + wobble + since
    return levels


def expected(centre: float, sd: float, steps: int = 5) -> float:
    """Mean of a normal variable cut at 1.5, 2.5 and so on into 1 to `steps`."""
    return 1 + sum(.5 * math.erfc((cut - centre) / sd / math.sqrt(2)) for cut in (step + .5 for step in range(1, steps)))


def true_means() -> dict[tuple[str, str, str], float]:
    """(school_id, scale, wave) -> the true mean in scale points, the expectation over all who might work there."""
    sd, means = math.hypot(PERSON_SD, NOISE_SD), {}
    for (school, scale, wave), level in school_levels().items():
        items = []
        for j, difficulty in enumerate(SCALES[scale][2]):
            apart = DIVIDED.get((school, f"{scale}_{j + 1}"), 0.0)
            items.append((expected(level + difficulty + apart, sd) + expected(level + difficulty - apart, sd)) / 2)
        means[school, scale, wave] = sum(items) / len(items)
    return means


def answers(people: pd.DataFrame) -> pd.DataFrame:
    """What everyone on the rosters would answer: the rows of `people`, a column per item, 1 to 5, after reversing."""
    levels, number = school_levels(), int(people.person.max()) + 1
    lasting = rng("persons")
    general = lasting.normal(size=number)
    own = {scale: lasting.normal(size=number) for scale in SCALES}
    camp = {item: lasting.choice([-1, 1], size=number) for item in ITEMS}
    parts = []
    for wave in WAVES:
        now, draw = people[people.wave == wave], rng(f"answers {wave}")
        who, values = now.person.to_numpy(), {}
        for scale, (_, _, items) in SCALES.items():
            person = math.sqrt(.35) * general[who] + math.sqrt(.30) * own[scale][who] + math.sqrt(.35) * draw.normal(size=len(now))
            centre = np.array([levels[s, scale, wave] for s in now.school_id]) + PERSON_SD * person
            for j, difficulty in enumerate(items):
                item = f"{scale}_{j + 1}"
                apart = np.array([DIVIDED.get((s, item), 0.0) for s in now.school_id]) * camp[item][who]
                latent = centre + difficulty + apart + draw.normal(0, NOISE_SD, size=len(now))
                values[item] = np.clip(np.rint(latent), 1, 5).astype(int)
        parts.append(pd.DataFrame(values, index=now.index))
    return pd.concat([people, pd.concat(parts)], axis=1)


def years(everyone: pd.DataFrame) -> pd.Series:
    """Years at the school, as the export of fall 2025 has them, "" where someone did not say; the same for all rows of a person.

    Drawn after the answers and from them, so that no answer changes: who trusts their colleagues less than others at the school is more likely new
    there. How far the bands are apart is told by `years_gaps`.
    """
    draw, now = rng("years"), everyone[everyone.wave == WAVES[-1]]
    trust = now[[i for i in ITEMS if i.startswith("trust")]].mean(axis=1)
    own = trust - trust.groupby(now.school_id).transform("mean")
    own = (own / own.std()).groupby(now.person).first()
    place = YEARS_TIE * own + math.sqrt(1 - YEARS_TIE**2) * draw.normal(size=len(own))
    band = pd.cut(place, [-np.inf, *YEARS_CUTS, np.inf], labels=YEARS).astype(str).mask(draw.random(len(own)) < .05, "")
    return everyone.person.map(band).where(everyone.wave == WAVES[-1], "").fillna("")


def years_gaps(everyone: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Scale -> band -> gap of its people to those of the other bands at the same school, in standard deviations within schools."""
    now = everyone[(everyone.wave == WAVES[-1]) & (everyone.years != "")]
    gaps: dict[str, dict[str, float]] = {}
    for scale in SCALES:
        score = now[[i for i in ITEMS if i.startswith(scale)]].mean(axis=1)
        own = score - score.groupby(now.school_id).transform("mean")
        for band in YEARS:
            inside = (now.years == band).astype(float)
            inside -= inside.groupby(now.school_id).transform("mean")
            gaps.setdefault(scale, {})[band] = round(float((inside * own).sum() / (inside**2).sum() / own.std()), 3)
    return gaps


def responses(everyone: pd.DataFrame) -> pd.DataFrame:
    """Who answered, and what: the rows of `everyone` that did, raw answers as text ("" no answer, "-99" does not apply).

    Answering is a habit of the person and unrelated to what they think, so the true means stay the target.
    `first_page` marks those who stopped after the trust items.
    """
    habit_draw = rng("habits")
    habit = habit_draw.normal(size=int(everyone.person.max()) + 1)
    school_rate = dict(zip(SCHOOLS.school_id, habit_draw.uniform(.58, .88, size=len(SCHOOLS))))
    parts = []
    for wave in WAVES:
        draw, now = rng(f"responses {wave}"), everyone[everyone.wave == wave]
        rates = {s: min(max(school_rate[s] + draw.normal(0, .05), .52), .92) for s in SCHOOLS.school_id}
        keen = pd.Series(.8 * habit[now.person] + .6 * draw.normal(size=len(now)), index=now.index)
        chosen = []
        for school, group in now.groupby("school_id"):
            count = COUNTS.get((school, wave), round(RATES.get((school, wave), rates[school]) * len(group)))
            chosen += list(keen[group.index].nlargest(count).index)
        part = now.loc[sorted(chosen)].copy()
        part["first_page"] = draw.random(len(part)) < .04
        for item in ITEMS:
            raw = (6 - part[item] if item in REVERSED else part[item]).astype(str)
            chance = draw.random(len(part))
            raw[chance < .03] = ""
            raw[chance > .992] = "-99"
            if not item.startswith("trust"):
                raw[part.first_page] = ""
            part[item] = raw
        parts.append(part)
    return pd.concat(parts)


def icc1(frame: pd.DataFrame, scale: str) -> float:
    """ICC(1) by mean squares of the person means of one scale over schools (unequal sizes: the usual average size)."""
    score = frame[[i for i in ITEMS if i.startswith(scale)]].mean(axis=1)
    groups = score.groupby(frame.school_id)
    n, k = groups.size(), groups.ngroups
    between = (n * (groups.mean() - score.mean()) ** 2).sum() / (k - 1)
    within = ((score - groups.transform("mean")) ** 2).sum() / (len(score) - k)
    size = (len(score) - (n ** 2).sum() / len(score)) / (k - 1)
    return float((between - within) / (between + (size - 1) * within))
