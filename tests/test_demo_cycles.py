"""The demonstration district's agreements, ratings, teams, weekly numbers and cycles hold what demo_truth.yaml says of them.

The files are read here with plain pandas, not with the product's readers; the rule's mark, terms and settings are the product's.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pandas as pd
import pytest
from cyclebook import parameters
from cyclebook.planning import frozen
from ruamel.yaml import YAML

from tests.test_demo import NAMES, ROOT, SCHOOLS, TRUTH, _tool, school_of

AS_OF = date(2025, 11, 21)
REVIEWS = ["2024-11", "2025-05", "2025-11"]
QUESTIONS = [f"review_{number}" for number in range(1, 7)]
LIVED = {"Rarely": 1, "Sometimes": 2, "Mostly": 3, "Nearly always": 4}
AGREE = {"Strongly disagree": 1, "Disagree": 2, "Neither agree nor disagree": 3, "Agree": 4, "Strongly agree": 5}
QUIET = TRUTH["teams"]["no_list"][0]
CYCLES = TRUTH["cycles"]
PLANS = {path.stem: YAML(typ="safe").load(path) for path in (ROOT / "parameters/cycles").glob("*.yaml")}
MULTIPLY = {"heard": 100, "peer_visits": 1, "open_questions": 10, "meeting_minutes": 1, "office_referrals": 100}


def whole(source: str) -> pd.DataFrame:
    """Every row of a file as text, indexed by its record number."""
    frame = pd.read_csv(ROOT / TRUTH["files"][source]["path"], dtype="str", keep_default_na=False)
    return frame.set_axis(range(2, len(frame) + 2))


def kept(source: str) -> pd.DataFrame:
    """The rows that are to be kept, with school_id."""
    messes = TRUTH["files"][source]["messes"].values()
    frame = whole(source).drop(index=[row for mess in messes if mess["action"] == "set aside" for row in mess["rows"]])
    return frame.assign(school_id=frame.School.map(school_of))


def persons(frame: pd.DataFrame, when: str) -> dict[str, dict[str, int]]:
    """How many persons rated, by school and month or review."""
    counts = frame.groupby(["school_id", when]).Token.nunique()
    return {school: part.droplevel(0).to_dict() for school, part in counts.groupby(level=0)}


@pytest.fixture(scope="module")
def agreements():
    return pd.read_csv(ROOT / "parameters/agreements.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def pulse():
    frame = kept("lived_by_pulse")
    return frame.assign(month=frame.Date.str[:7], value=frame["How often"].map(LIVED))


@pytest.fixture(scope="module")
def reviews():
    texts = YAML(typ="safe").load(ROOT / "parameters/codebooks/collaboration_review.yaml")["items"]
    names = {item["text"]: name for name, item in texts.items()}
    parts = [kept(f"collaboration_review_{name.replace('-', '_')}").rename(columns=names).assign(review=name) for name in REVIEWS]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(**{question: frame[question].map(AGREE) for question in QUESTIONS})


@pytest.fixture(scope="module")
def weekly():
    frame = kept("measures_weekly")
    numbers = {name.lower(): pd.to_numeric(frame[name]) for name in ("Numerator", "Denominator", "Value", "Persons")}
    frame = frame.assign(**numbers, measure=frame.Measure, day=pd.to_datetime(frame.Week, format="mixed").dt.date)
    shown = frame.value.fillna(frame.numerator / frame.denominator) * frame.measure.map(MULTIPLY)
    return frame.assign(shown=shown)[["school_id", "measure", "day", "shown", "numerator", "denominator", "value", "persons"]]


@pytest.fixture(scope="module")
def district():
    return parameters.load(ROOT)


# Agreements

def test_agreements_are_stated_in_their_schools_own_words(agreements):
    assert {school: int((agreements.school_id == school).sum()) for school in SCHOOLS} == TRUTH["agreements"]["count"]
    assert set(TRUTH["agreements"]["count"].values()) == {0, 3, 4, 5} and TRUTH["agreements"]["count"][QUIET] == 0
    for column in ("id", "text"):
        assert agreements[column].is_unique
    assert agreements.behaviour[agreements.behaviour != ""].is_unique
    open_ones = {s: [q for q in ("among_staff", "with_communities", "modelling", "accountability") if q not in set(part.question)]
                 for s, part in agreements.groupby("school_id")}
    assert open_ones == TRUTH["agreements"]["open_questions"]
    assert Counter(map(len, open_ones.values())).keys() == {0, 1, 2}


def test_agreements_are_reviewed_overdue_or_were_never(agreements):
    truth = TRUTH["agreements"]
    days = {"weekly": 7, "monthly": 30, "quarterly": 91, "twice_a_year": 182, "yearly": 365}
    dated = agreements[(agreements.cadence != "") & (agreements.last_review != "")]
    late = (pd.Timestamp(AS_OF) - pd.to_datetime(dated.last_review)).dt.days - dated.cadence.map(days)
    open_school = dated.school_id != TRUTH["special"]["closed"]
    assert list(dated.id[(late > 0) & open_school]) == truth["overdue"]
    assert late[open_school].abs().min() >= 7, "near enough to the day that another count of days would change the truth"
    assert list(agreements.id[agreements.last_review == ""]) == truth["never_reviewed"]
    assert {key: list(agreements.id[agreements[key] == ""]) for key in truth["without"]} == truth["without"]
    by_school = {name: {one[:4] for one in truth[name]} for name in ("overdue", "never_reviewed")}
    up_to_date = {s for s in SCHOOLS if truth["count"][s]} - by_school["overdue"] - by_school["never_reviewed"]
    assert len(up_to_date) >= 6 and len(by_school["overdue"]) >= 6 and len(by_school["never_reviewed"]) >= 3
    assert max(agreements.last_review) <= AS_OF.isoformat()


# The pulse on agreements

def test_pulse_has_the_persons_that_it_should(pulse, agreements):
    assert persons(pulse, "month") == TRUTH["lived_by"]["persons"]
    months = {s: sorted(found) for s, found in TRUTH["lived_by"]["persons"].items()}
    every = [f"2025-{month:02d}" for month in (1, 2, 3, 4, 5, 6, 9, 10, 11)]
    assert QUIET not in months and months[TRUTH["special"]["closed"]] == every[:6] and months["0103"] == every
    assert all(months[s] == every[6:] for s, row in SCHOOLS.items() if row["cohort"] == "Cohort 3" and s != QUIET)
    assert (pulse.school_id == pulse.Agreement.map(dict(zip(agreements.id, agreements.school_id)))).all()
    assert not pulse.duplicated(["month", "Token", "Agreement"]).any() and pulse.value.notna().all()
    staff = _tool("demo_model").staff()
    for month, frame in pulse.groupby("month"):
        wave = "2024-fall" if month == "2025-01" else "2025-spring" if month < "2025-07" else "2025-fall"
        assert set(frame.Token) <= set(staff.token[staff.wave == wave])
    rates = [n["2025-11"] / TRUTH["head_count"][s]["2025-fall"] for s, n in TRUTH["lived_by"]["persons"].items() if "2025-11" in n]
    assert all(.2 < rate <= .6 for rate in rates)


def test_pulse_stands_around_its_true_means(pulse):
    z, often = [], []
    for (agreement, month), part in pulse.groupby(["Agreement", "month"]):
        true = TRUTH["lived_by"]["true"][agreement]["2025-09" if month >= "2025-09" else "2025-01"]
        if len(part) >= 8:
            z.append((part.value.mean() - true["mean"]) / (part.value.std() / len(part) ** .5))
            often.append((part.value >= 3).mean() - true["often"])
    assert len(z) > 300 and abs(sum(z) / len(z)) < .35 and .7 < (sum(v * v for v in z) / len(z)) ** .5 < 1.4
    assert abs(sum(often) / len(often)) < .05


def test_pulse_tells_its_stories(pulse):
    fall = pulse.month >= "2025-09"
    assert TRUTH["lived_by"]["shifts"] == ["0103-b", "0109-a"]
    for agreement, sign in zip(TRUTH["lived_by"]["shifts"], (1, -1)):
        true = TRUTH["lived_by"]["true"][agreement]
        here = pulse.Agreement == agreement
        found = pulse[fall & here].value.mean() - pulse[~fall & here].value.mean()
        assert sign * (true["2025-09"]["mean"] - true["2025-01"]["mean"]) > .5 and sign * found > .4
    same = {a for a, true in TRUTH["lived_by"]["true"].items() if true["2025-01"] == true["2025-09"]}
    assert same == set(TRUTH["lived_by"]["true"]) - set(TRUTH["lived_by"]["shifts"])
    for agreement in TRUTH["lived_by"]["two_camps"]:
        values = pulse[pulse.Agreement == agreement].value
        assert (values == 1).mean() > .25 and (values == 4).mean() > .25


# The review of working together, and the teams

def test_reviews_stand_around_their_true_means(reviews):
    assert persons(reviews, "review") == TRUTH["collaboration"]["persons"]
    assert set(TRUTH["collaboration"]["persons"]) == set(SCHOOLS) - {QUIET}
    assert "2025-11" not in TRUTH["collaboration"]["persons"][TRUTH["special"]["closed"]]
    z = []
    for (school, review), part in reviews.groupby(["school_id", "review"]):
        for question in QUESTIONS if len(part) >= 8 else ():
            values, true = part[question].dropna(), TRUTH["collaboration"]["true_mean"][school][review][question]
            z.append((values.mean() - true) / (values.std() / len(values) ** .5))
    assert len(z) > 350 and abs(sum(z) / len(z)) < .35 and .7 < (sum(v * v for v in z) / len(z)) ** .5 < 1.4


def test_reviews_tell_their_stories(reviews):
    truth = TRUTH["collaboration"]
    (divided,) = truth["two_camps"]
    for review in REVIEWS:
        here = reviews[(reviews.school_id == divided["school_id"]) & (reviews.review == review)]
        values = here[divided["item"]].dropna()
        assert (values <= 2).mean() > .25 and (values >= 4).mean() > .25
    spread = reviews.groupby("school_id")[QUESTIONS].std().mean(axis=1)
    (close,) = truth["small_spread"]
    assert spread.idxmin() == close and spread[close] < .75 * spread.median()
    (better,) = truth["improving"]
    means = reviews[reviews.school_id == better].groupby("review")[QUESTIONS].mean().mean(axis=1)
    true = [sum(truth["true_mean"][better][r].values()) / 6 for r in REVIEWS]
    assert true[0] + .25 < true[1] < true[2] - .15 and means["2024-11"] < means["2025-05"] < means["2025-11"]


def test_team_lists_give_the_seats_that_there_are():
    frame = kept("leadership_teams")
    found: dict = {}
    for row in frame.itertuples():
        found.setdefault(row.school_id, {}).setdefault(row._4, {})[row.Group] = int(row.Members)
    seats = TRUTH["teams"]["seats"]
    assert not frame.duplicated(["school_id", "Group", "As of"]).any()
    assert set(found) == set(SCHOOLS) - set(TRUTH["teams"]["no_list"])
    for school, by_day in seats.items():
        for day, team in by_day.items():
            assert {group: n for group, n in found[school][day].items() if n} == {group: n for group, n in team.items() if n}
    latest = {school: by_day[max(by_day)] for school, by_day in seats.items()}
    missing = {school: [group for group, n in team.items() if n == 0] for school, team in latest.items()}
    assert missing == TRUTH["teams"]["missing"]
    often = Counter(group for groups in missing.values() for group in groups)
    assert often["community"] >= 8 and often["families_and_learners"] >= 4 and not often["educators"] and [] in missing.values()
    assert 0 in frame.Members.astype(int).values, "some lists name a group that has no seat"
    assert seats["0103"]["2024-09-16"]["families_and_learners"] == 0 < seats["0103"]["2025-09-15"]["families_and_learners"]


# Weekly numbers

def true_level(measure: str, school: str, day: date) -> float:
    path = TRUTH["series"]["true_level"][measure][school]
    return path[max(first for first in path if first <= day.isoformat())]


def test_weeks_are_those_of_the_school_year(weekly):
    weeks = [date.fromisoformat(week) for week in TRUTH["series"]["weeks"]]
    assert all(week.weekday() == 0 for week in weeks) and (weeks[0], weeks[-1]) == (date(2025, 1, 6), date(2025, 11, 17))
    assert sorted(set(weekly.day)) == weeks and len(weeks) == 35
    assert not [w for w in weeks if date(2025, 6, 3) < w < date(2025, 8, 18) or w == date(2025, 3, 31)]
    assert not weekly.duplicated(["school_id", "measure", "day"]).any()
    closed = weekly[weekly.school_id == TRUTH["special"]["closed"]]
    assert max(closed.day) < date(2025, 6, 13) and QUIET not in set(weekly.school_id)
    found = weekly.groupby("measure").school_id.unique().map(set).to_dict()
    assert found == {measure: set(schools) for measure, schools in TRUTH["series"]["true_level"].items()}
    sure = weekly[~weekly.school_id.isin([TRUTH["special"]["closed"], *TRUTH["series"]["heard_by_fewer_than_five"]])]
    gaps = 1 - sure.groupby(["school_id", "measure"]).size() / len(weeks)
    assert .02 < gaps.mean() < .06 and gaps.max() < .2 and (gaps > 0).any()


def test_weekly_numbers_stand_around_their_true_levels(weekly):
    """Each number less its true level, by the spread that a number drawn so must have."""
    level = pd.Series([true_level(m, s, d) for m, s, d in zip(weekly.measure, weekly.school_id, weekly.day)], index=weekly.index)
    variance = pd.Series(64.0, index=weekly.index)      # minutes: a standard deviation of 8
    share, count = weekly.measure == "heard", weekly.measure == "peer_visits"
    rate = weekly.measure.isin(["open_questions", "office_referrals"])
    variance[share] = level * (100 - level) / weekly.denominator
    variance[rate] = level * weekly.measure.map(MULTIPLY) / weekly.denominator
    variance[count] = level
    z = (weekly.shown - level) / variance ** .5
    for measure, values in z.groupby(weekly.measure):
        assert abs(values.mean()) < 3.5 / len(values) ** .5, measure
        assert values.std() == pytest.approx(1, abs=.12), measure
    assert (weekly.persons[share] == weekly.denominator[share]).all() and weekly.persons[~share & ~rate].isna().all()


def test_small_schools_have_weeks_with_few_answers(weekly):
    heard = weekly[weekly.measure == "heard"]
    few = heard[heard.persons < 5].groupby("school_id").size().to_dict()
    assert few == TRUTH["series"]["heard_by_fewer_than_five"]
    weeks = heard.groupby("school_id").size()
    assert few["0114"] > .6 * weeks["0114"] and .25 < few["0113"] / weeks["0113"] < .75
    assert all(count <= 1 for school, count in few.items() if school not in ("0113", "0114"))


def test_pure_noise_is_told_as_such():
    noise = TRUTH["series"]["pure_noise"]
    for measure, schools in TRUTH["series"]["true_level"].items():
        assert noise[measure] == [school for school, path in schools.items() if len(set(path.values())) == 1]
    assert len(noise["peer_visits"]) > 15 and len(noise["meeting_minutes"]) > 15 and noise["open_questions"] == []
    common = TRUTH["series"]["common"]
    for school, path in TRUTH["series"]["true_level"]["open_questions"].items():
        before, since = true_level(common["measure"], school, date(2025, 8, 18)), path.get(common["from"])
        assert since <= before + common["change"] + 1e-9


# Terms, structure, cycles

def test_terms_cover_what_is_dated(pulse, reviews, weekly, district):
    days = {*map(date.fromisoformat, pulse.Date), *map(date.fromisoformat, reviews.Date), *weekly.day}
    assert [term.id for term in district.terms] == ["spring-2024", "fall-2024", "spring-2025", "fall-2025"]
    assert all(any(term.start <= day <= term.end for term in district.terms) for day in days)
    assert max(days) <= AS_OF == district.as_of
    assert district.structure.day <= AS_OF and district.structure.serves == "all_students"


def test_every_school_is_in_a_cycle(district):
    tried = Counter(school for plan in PLANS.values() for school in plan["schools"])
    assert set(SCHOOLS) - set(tried) == {QUIET, TRUTH["special"]["closed"]} and max(tried.values()) >= 2
    assert set(PLANS) == set(CYCLES) == set(district.cycles) and 8 <= len(PLANS) <= 12
    assert all(CYCLES[name]["schools"] == plan["schools"] for name, plan in PLANS.items())
    assert {plan["rule"]["by"] for plan in PLANS.values() if "rule" in plan} == {"chart", "comparison"}
    for plan in PLANS.values():
        if plan.get("rule", {}).get("by") == "comparison":
            assert len(plan["schools"]) >= 3 and len(plan["comparison"]) >= 5
    assert {plan["decision"]["word"] for plan in PLANS.values() if "decision" in plan} == {"adopt", "adapt"}


def test_rules_are_frozen_as_the_truth_says(district):
    states = {"frozen": "frozen", "changed": "changed", "no_rule": "no rule", "open": "never frozen"}
    assert {name: states[frozen.state(cycle, AS_OF)] for name, cycle in district.cycles.items()} == {
        name: told["rule"] for name, told in CYCLES.items()}
    assert sorted(told["rule"] for told in CYCLES.values() if told["rule"] != "frozen") == ["changed", "never frozen", "no rule"]
    (start,) = (plan["start"] for name, plan in PLANS.items() if CYCLES[name]["rule"] == "no rule")
    assert start > AS_OF


def test_hours_add_up_over_the_running_cycles_of_a_school(district):
    hours: Counter = Counter()
    for plan in PLANS.values():
        if plan["start"] <= AS_OF <= plan.get("end", AS_OF) and "decision" not in plan:
            for school in plan["schools"]:
                hours[school] += plan["ask"]["hours_per_week"]
    over = {school: total for school, total in hours.items() if total > TRUTH["hours"]["limit"]}
    assert over == TRUTH["hours"]["over"] == {"0202": 1.25}
    assert district.settings("0202")["load_hours"].value == TRUTH["hours"]["limit"]


def change(weekly, plan: dict, measure: str, school: str) -> tuple[float, float]:
    """Mean since the start until the last look that was reached, less that of the baseline; and its standard error."""
    end = min(max(plan["checks"]), AS_OF)
    part = weekly[(weekly.measure == measure) & (weekly.school_id == school)]
    before = part.shown[(part.day >= plan["baseline"]["from"]) & (part.day <= plan["baseline"]["to"])]
    since = part.shown[(part.day >= plan["start"]) & (part.day <= end)]
    return since.mean() - before.mean(), (before.var() / len(before) + since.var() / len(since)) ** .5


@pytest.mark.parametrize("name", [name for name, told in CYCLES.items() if "true" in told])
def test_what_is_true_of_a_cycle_is_in_the_numbers(weekly, name):
    plan, told, z = PLANS[name], CYCLES[name], []
    for measure, schools in told["true"].items():
        for school, true in schools.items():
            found, error = change(weekly, plan, measure, school)
            assert true["change"] == pytest.approx(true["since"] - true["before"], abs=.011)
            z.append((found - true["change"]) / error)
    assert max(map(abs, z)) < 3.5
    if plan["rule"]["by"] == "comparison":
        others = [change(weekly, plan, told["measure"], school)[0] for school in plan["comparison"]]
        ours = [change(weekly, plan, told["measure"], school)[0] for school in plan["schools"]]
        spread = (pd.Series(ours).var() / len(ours) + pd.Series(others).var() / len(others)) ** .5
        assert abs(sum(ours) / len(ours) - sum(others) / len(others) - told["effect"]) < 3 * spread + .1
        changes = [true["change"] for true in told["true"][told["measure"]].values()]
        assert told["effect"] == pytest.approx(sum(changes) / len(changes) - told["change_elsewhere"], abs=.02)


def test_the_stories_are_told():
    sizes = {name: told["effect"] for name, told in CYCLES.items() if "effect" in told}
    worthwhile = {name: plan["rule"]["worthwhile"] for name, plan in PLANS.items() if "rule" in plan}
    assert sizes["peer-visits"] == 16 and sizes["answer-board"] > 2 * worthwhile["answer-board"]
    assert sizes["open-agenda"] == sizes["monday-mail"] == sizes["lesson-pairs"] == 0
    assert CYCLES["monday-mail"]["change_elsewhere"] == -1
    assert sizes["shorter-meetings"] < -2 * worthwhile["shorter-meetings"] and abs(sizes["worry-box"]) < worthwhile["worry-box"]
    goals = {name: set(told["goal"].values()) for name, told in CYCLES.items() if "goal" in told}
    assert goals["peer-visits"] == goals["shorter-meetings"] == {"met and kept"}
    assert goals["evening-quiet"] == {"met, then lost"} and goals["open-agenda"] == {"not met"}
    assert CYCLES["welcome-hour"]["looks_reached"] == 0 and CYCLES["welcome-hour"]["next_look"] == "2025-12-19"
    unfinished = PLANS["greeting-at-the-door"]
    assert [one["kind"] for one in unfinished["measures"]] == ["outcome"] and "target" not in unfinished["measures"][0]
    assert not {"rule", "prediction", "ask", "baseline", "checks", "hypothesis"} & set(unfinished)


def test_a_token_stands_only_where_a_person_answered():
    for source in ("measures_weekly", "leadership_teams"):
        assert not [text for column in whole(source) for text in whole(source)[column] if re.fullmatch(r"\d{6}", text)]
    assert not [name for name in NAMES if re.fullmatch(r"\d{6}", name)]
