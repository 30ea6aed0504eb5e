"""Real districts in the forms that districts have: their receipts against the files, and pages that say what such data can bear."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from ruamel.yaml import YAML

from cyclebook.batch import attack
from cyclebook.climate import sections
from cyclebook.climate.evidence import meetings, networks
from cyclebook.parameters import load
from cyclebook.privacy import door
from cyclebook.privacy.audit import audit
from cyclebook.sources import read
from tests.districts.build import build, files

STEP = "01_collect_climate"


class Made:
    """A district's folder, made from the shared data, with the pages of some of its schools."""

    def __init__(self, folder: Path, name: str, shared: Path):
        self.folder, self.out = build(name, shared, folder / name), folder / "reports"
        self.shared, self.district = shared, load(self.folder)
        self.tables = read(self.district)

    def run(self, *schools: str, steps: str = "01") -> None:
        command = [sys.executable, "-m", "cyclebook.cli", "run", "--district", self.folder, "--out", self.out, "--workers", "1",
                   "--schools", ",".join(schools), "--steps", steps]  # fmt: skip
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout

    def page(self, school: str) -> str:
        """The text of the school's page, blanks collapsed."""
        soup = BeautifulSoup((self.out / school / f"{STEP}.html").read_text(encoding="utf-8"), "html.parser")
        return " ".join(soup.find("body").get_text(" ", strip=True).split())

    def section(self, school: str, name: str) -> tuple[str, pd.DataFrame]:
        """One section of step 01, called as its notebook calls it: its text, and what is published with it."""
        parts: list[dict] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("IPython.display.display", lambda data, **_: parts.append(data))
            getattr(sections, name)(sections.open_school(school, self.folder))
        return "\n".join(part["text/plain"] for part in parts), pd.DataFrame([entry for part in parts for entry in part.get(door.LEDGER, [])])

    def receipt(self, source: str) -> tuple[int, int, int, int]:
        row = self.tables.receipts.set_index("source").loc[source]
        return tuple(int(row[name]) for name in ("read", "kept", "set_aside", "flagged"))

    def reasons(self, source: str) -> dict[str, int]:
        problems = self.tables.problems
        return problems[problems["source"] == source]["reason"].value_counts().to_dict()


@pytest.fixture(scope="module")
def made(shared, tmp_path_factory):
    """A function that makes a district (once), or skips the test loudly where its data are not there."""
    known: dict[str, Made] = {}

    def make(name: str) -> Made:
        missing = [path for path in files(name, shared) if not path.is_file()]
        if missing:
            pytest.skip(f"no data of {name}: {', '.join(map(str, missing))} not in the shared folder")
        if name not in known:
            known[name] = Made(tmp_path_factory.mktemp(name), name, shared)
        return known[name]

    return make


def shared_cases(of: Made) -> str:
    """The text of the reference cases."""
    return (of.shared / "cases" / "climate.yaml").read_text(encoding="utf-8")


def test_hlsm_one_scored_scale(made):
    hlsm = made("hlsm")
    assert hlsm.receipt("nodes") == (433, 433, 0, 0) and len(hlsm.district.schools) == 15
    hlsm.run("1", "11", steps="01,02,03,04,05")
    ledger = pd.read_parquet(hlsm.out / "published.parquet")
    found = ledger[ledger["statistic"].str.startswith("trust.") & ledger["value"].notna()].groupby("statistic")["value"].first()
    # cases/climate.yaml, hlsm_trust_icc: .144 and .829 by mean squares over all 433 teachers
    assert (found["trust.icc1_mean_squares"], found["trust.icc2_mean_squares"], found["trust.schools"]) == (0.14, 0.83, 15)
    text = hlsm.page("1")
    assert "30 staff answered. No head count was given" in text and "This survey came as finished scores" in text


def test_hlsm_by_years_of_teaching_gives_no_teacher_away(made):
    hlsm = made("hlsm")
    hlsm.run("all", steps="01,05")
    ledger = pd.read_parquet(hlsm.out / "published.parquet")
    groups = ledger[ledger["statistic"].str.contains("group_mean") & ledger["set"].str.contains("school_id") & ledger["set"].str.contains("years")]
    assert groups["value"].notna().sum() > 5 and groups["value"].isna().sum() > 5 and groups["n"].min() >= 5
    audited = attack.reports(hlsm.district, hlsm.out)
    assert audited.leaks == () and audited.sets > 40


def test_hlsm_advice_networks_in_numbers_at_each_of_15_schools(made):
    hlsm = made("hlsm")
    assert hlsm.receipt("network_people") == (433, 433, 0, 0) and set(hlsm.tables.records["network_people"]["group"]) == {"0-3", "4-9", "10 or more"}
    people, named = (hlsm.tables.records[name] for name in ("network_people", "ties"))
    ledgers = []
    for school in hlsm.district.schools:
        text, ledger = hlsm.section(school, "network")
        here = people[people["school_id"] == school]
        assert f"{len(here)} people agreed to be on the map; at least {len(here) - 1} of them" in text and "Isolates" in text
        ledgers.append(ledger)
    every = pd.concat(ledgers)
    found = every.groupby(["set", "statistic"])["value"].first().unstack()
    found.index = found.index.str.extract(r"school_id=(\d+)")[0]
    found = found.groupby(level=0).first()
    # cases/climate.yaml, hlsm_net_school_*: igraph's density and reciprocity; shown to one decimal and to whole percents
    cases = {"2": (21, 103, 0.24523809524, 0.38834951456), "5": (26, 76, 0.11692307692, 0.18421052632)}
    for school, (n, m, density, returned) in cases.items():
        exact = networks.network(people.loc[people["school_id"] == school, "person"], *(named.loc[named["school_id"] == school, end] for end in ("source", "target")))
        assert (exact.n, exact.m) == (n, m) and (exact.density, exact.reciprocity_edge) == pytest.approx((density, returned), abs=1e-9)
        assert found.loc[school, "network.density_low"] == round(100 * density, 1) == found.loc[school, "network.density_high"]
        assert found.loc[school, "network.returned_low"] == round(100 * returned) and found.loc[school, "network.isolates_high"] == 1  # at most one
    expected = YAML(typ="safe", pure=False).load(shared_cases(hlsm))["cases"]
    for case in (one for one in expected if one["id"].startswith("hlsm_net_school_")):
        school, truth = case["id"].rsplit("_", 1)[1], case["expected"]
        margin = 100 / len(people[people["school_id"] == school])  # at an end: coded
        shown = found.loc[school, ["network.density_low", "network.returned_low"]]
        for value, exact in zip(shown, (truth["density"], truth["reciprocity_edge"]), strict=True):
            assert value == pytest.approx(100 * exact, abs=0.51) or value >= 100 * exact and value <= margin + 1
    assert audit(every, 5) == []


def test_qmsum_41_meetings_of_which_those_of_four_people_show_nothing(made):
    qmsum = made("qmsum")
    assert qmsum.receipt("meetings") == (41, 41, 0, 0) and qmsum.receipt("turns") == (12108, 12108, 0, 0) and len(qmsum.district.schools) == 5
    seen = meetings.observe(qmsum.tables.records["meetings"], qmsum.tables.records["turns"])
    assert len(seen) == 41 and set(seen["by"]) == {"words"} and seen[["gini", "gini_high", "most", "evenness"]].notna().all().all()
    # cases/climate.yaml, meeting_education_0: R; 0.25 of 124 turns are the leader's
    first = seen.set_index("meeting").loc["education_0"]
    assert (first["turns"], first["speakers"], first["most"], first["chair_turns"]) == (124, 11, 5, 31)
    assert (first["gini_turns"], first["gini"]) == pytest.approx((0.42961876833, 0.51649706788), abs=1e-9)
    assert (first["evenness_turns"], first["evenness"]) == pytest.approx((0.87129653407, 0.80285608865), abs=1e-9)
    # meeting_education_13
    other = seen.set_index("meeting").loc["education_13"]
    assert (other["most"], other["gini"], other["evenness"]) == pytest.approx((2, 0.65981181492, 0.53299426346), abs=1e-9)
    text, ledger = qmsum.section("education", "meetings")
    few, hidden = qmsum.section("ES2002", "meetings")
    own = ledger[ledger["statistic"] == "meetings.education_13.most"].iloc[0]
    assert (own["value"], own["n"]) == (2, 7)  # two or fewer, of seven who spoke
    assert ledger["n"].min() >= 5 and len(hidden) == 36 and set(hidden["value"].isna()) == {True}
    assert "Education_9 (April 13, 2021)" in text and "In the spring of 2021, 25 meetings were watched." in text
    assert few.startswith("In 4 meetings, fewer than 5 people were there.") and "80 percent" not in few
    assert audit(pd.concat([ledger, hidden]), 5) == []


def test_talis_usa_items_without_wording(made):
    usa = made("talis_usa")
    assert usa.receipt("teachers_2018") == (2560, 2528, 32, 0) and usa.reasons("teachers_2018") == {"no answers": 32}
    assert len(usa.district.schools) == 165
    stsf = usa.tables.responses[usa.tables.responses["item"] == "Stsf"]["value"]
    assert stsf.value_counts().to_dict() == {2.0: 1171, 3.0: 1021, 1.0: 187}
    usa.run("3001", "3050")
    text = usa.page("3050")
    assert "It is not known which answers of this survey are favourable" in text and "finished scores" not in text
    assert "favourable_count" not in set(pd.read_parquet(usa.out / "published.parquet")["statistic"].str.split(".").str[-1])


def test_kentucky_counts_and_an_index_among_rows_of_districts(made):
    kentucky = made("kentucky")
    # cases/climate.yaml, ky_hierarchy: 1,488 schools, 177 districts and the state, 196 schools under 5 teachers, 273 under 10
    assert len(kentucky.district.schools) == 1488
    assert kentucky.receipt("turnover") == (1666, 1485, 181, 0)
    assert kentucky.reasons("turnover") == {"row of a district or state, not of a school": 178, "more than the whole": 3}
    assert kentucky.receipt("working_conditions") == (4305, 3789, 516, 0)
    found = kentucky.tables.aggregates
    teachers, turnover = (found[found["measure"] == name] for name in ("teachers", "turnover"))
    assert (len(teachers), int((teachers["value"] < 5).sum()), int((turnover["status"] == "nobody").sum())) == (1485, 196, 97)
    assert turnover["numerator"].sum() == 10809 - (7 + 19 + 10)

    kentucky.run("210003000001", "210003001913", "210003002021")
    ledger = pd.read_parquet(kentucky.out / "published.parquet")
    assert set(ledger.loc[ledger["value"].notna(), "n"] >= 5) == {True}
    middle = ledger[(ledger["statistic"] == "reported.turnover.median") & ledger["value"].notna()]
    assert set(middle["set"].str.count(r"\|")) == {1214 - 1}  # 1,488 schools less 273 under ten teachers, and one set aside
    text = kentucky.page("210003000001")
    assert "Teacher turnover: 11 of 61, or 18 percent, in 2023-24. The middle of the 1,214 schools whose result is shown is 21 percent." in text
    assert "School climate 45, School leadership 55, and Managing student behavior 67" in text
    assert "The Kentucky Department of Education published these results." in text and "As of June 30, 2024" in text
    few = kentucky.page("210003001913")  # 5 teachers, one of whom left: a fifth
    assert "These results in 2023-24 could tell about a few people, so they are not shown: Teacher turnover." in few
    assert "1 of 5" not in few and "20 %" not in few and "20 percent" not in few
    for page in (text, few):
        assert "Who answered" not in page and "Where staff stand" not in page and "not used to evaluate anyone" in page


def test_chicago_four_years_of_ratings_in_words(made):
    chicago = made("chicago")
    assert chicago.receipt("school_reports") == (2646, 2646, 0, 0) and len(chicago.district.schools) == 678
    found = chicago.tables.aggregates
    leaders = found[found["measure"] == "leaders"]
    assert leaders["value"].value_counts().to_dict() == {2: 1059, 3: 877, 1: 401, 4: 132, 0: 54}
    assert int((leaders["status"] == "missing").sum()) == 110 + 13
    chicago.run("610547", "400179")
    text = chicago.page("610547")
    assert "Effective leaders went from neutral in 2016-17 to very weak." in text and "Rated very weak in 2017-18: Effective leaders." in text
    assert "No result was given in 2018-19 on: Effective leaders, Collaborative teachers" in text
    assert "Teachers who answered the survey: 43.8 percent in 2018-19. It went from 82.6 percent in 2017-18 to 43.8 percent." in text
    assert pd.read_parquet(chicago.out / "published.parquet").empty  # published by others: nobody's answers that we hold


def test_new_york_two_forms_of_file(made):
    york = made("new_york")
    assert york.receipt("survey_2011") == (455, 455, 0, 0) and york.receipt("survey_2019") == (1829, 1829, 0, 0)
    found = york.tables.aggregates
    assert len(york.district.schools) == 1829 + 455 - 397
    assert int((found[found["measure"] == "environment"]["status"] == "missing").sum()) == 1829
    assert int((found[found["measure"] == "trust"]["status"] == "missing").sum()) == 72
    york.run("01M015", "75M751")
    text = york.page("01M015")
    assert "Teachers who answered: 100 percent in 2019. It went from 88 percent in 2011 to 100 percent." in text
    assert "In 2019, on a scale from 1 to 5: Trust 3.96, Collaborative teachers 4.10" in text
    assert "Safety and respect (teachers) 7.5" in text and "No result was given in 2019 on: Supportive environment." in text
    ledger = pd.read_parquet(york.out / "published.parquet")
    own = ledger[(ledger["statistic"] == "reported.safety.reported") & ledger["set"].str.contains("school_id=01M015")]
    assert set(own["n"]) == {22}
    late = york.page("75M751")  # not in the file of 2011: what was last reported then is not told as missing
    assert "Trust 4.03" in late and "Safety and respect" not in late and "No result was given in 2011" not in late
