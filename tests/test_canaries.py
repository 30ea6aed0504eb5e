"""Whatever stands in raw data stays there: values planted in every kind of column and file reach no page, no ledger and no bundle.

The district is a small one with all steps. Every planted text holds the word "canary"; planted numbers are ones that nothing computes.
`leaks` looks into a tree as someone would who received it: texts, what notebooks carry unseen, the strings of a Parquet file, texts in
pictures; and it is tested to find what is there.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tests import small_district
from tests.calls import cyclebook

SCHOOLS = ("0101", "0102")
WAVES = ("2024-fall", "2025-fall")
FAILS = "0103"  # its pages fail, each in another way
PERSONS = 14
#: Numbers that were typed where none like them can be, and durations and weights that are nobody's business.
NUMBERS = ("918273645", "777111777", "-424242", "66666.125", "31415926", "271828.18")
WORD = "canary"


def text(*parts: object) -> str:
    return "-".join(map(str, (WORD, *parts)))


def table(header: str, rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


def token(school: str, place: int) -> str:
    return text("token", school, place)


def answers(wave: str) -> str:
    """Answers of a wave. Beside good rows: unknown labels, numbers out of range, unknown schools, a role that one person typed."""
    header = "School,Token,Role,Q1,Q2,Years,Record,Name,Email,IPAddress,Latitude,Phone,Seconds,Weight,Comment"
    rows = []
    for school in (*SCHOOLS, FAILS):
        for place in range(PERSONS):
            agree = ("Agree", "Agree", "Neither", "Disagree")[(place + len(wave) + int(school)) % 4]
            rows.append([
                school, token(school, place), ("Teacher", "Paraeducator")[place % 2], agree, ("Disagree", "Neither")[place % 2], place,
                text("record", wave, school, place), text("name", place), f"{WORD}.mail.{place}@example.org", f"203.0.113.{place}",
                f"44.{WORD}{place}", f"555-{WORD}-{place}", NUMBERS[0], NUMBERS[3], text("comment", "I feel", place),
            ])  # fmt: skip
        rows[-1][3] = text("label", school)  # an answer that the codebook does not know, beside one that it does
        rows[-2][5] = NUMBERS[1]  # a number that cannot be
        rows[-3][2] = text("role", "typed by one")
        rows[-4][3] = NUMBERS[2]
    rows.append([text("school"), token("nowhere", 1), "Teacher", "Agree", "Agree", 3, *rows[0][6:]])
    rows.append([SCHOOLS[0], token("empty", 1), "Teacher", "", text("no answer at all"), "", *rows[1][6:]])
    return table(header, rows)


def roster(wave: str) -> str:
    rows = [[school, token(school, place), ("Teacher", "Paraeducator")[place % 2], text("full name", school, place), f"{WORD}{place}@example.org"]
            for school in (*SCHOOLS, FAILS) for place in range(PERSONS + 6)]  # fmt: skip
    return table("School,Token,Role,Name,E-mail", [*rows, [text("school", "of the roster"), token("x", 1), "Teacher", text("full name"), ""]])


def pulse() -> str:
    rows = []
    for month in ("2025-03", "2025-05", "2025-09", "2025-10"):
        for school in (*SCHOOLS, FAILS):
            for place in range(PERSONS):
                rows.append([f"{month}-{10 + place % 5}", school, token(school, place), f"{school}-a", ("Mostly", "Sometimes", "Nearly always")[place % 3],
                             text("pulse comment", month, place), f"{WORD}.pulse@example.org"])  # fmt: skip
    rows[3][4] = text("pulse label")
    rows[9][3] = text("agreement")
    rows[12][0] = text("day")
    return table("Date,School,Token,Agreement,How often,Comment,E-mail", rows)


def review(questions: list[str]) -> str:
    rows = [[text("review record", school, place), "2025-11-04", school, token(school, place), *[("Agree", "Disagree", "Strongly agree")[place % 3]] * 6,
             text("review comment", place)] for school in (*SCHOOLS, FAILS) for place in range(PERSONS)]  # fmt: skip
    rows[2][4] = text("review label")
    return table(",".join(["Record", "Date", "School", "Token", *questions, "Remark"]), rows)


def series() -> str:
    weeks = pd.date_range("2025-01-06", "2025-11-17", freq="7D").strftime("%Y-%m-%d")
    rows = []
    for place, week in enumerate(weeks):
        for school in (*SCHOOLS, FAILS):
            rows += [[school, week, "heard", 9 + place % 4, PERSONS, "", PERSONS, text("week note", place)], [school, week, "peer_visits", "", "", place % 6, "", ""],
                     [school, week, "meeting_minutes", "", "", 60 + place % 7, "", text("minutes note")]]  # fmt: skip
    rows[0][3] = NUMBERS[4]  # more than were asked
    rows[3][5] = text("value")
    rows[6][2] = text("measure")
    rows[9][6] = NUMBERS[5]
    return table("School,Week,Measure,Numerator,Denominator,Value,Persons,Remark", rows)


def teams() -> str:
    rows = [[school, group, members, "2025-09-15", text("seat", group)] for school in (*SCHOOLS, FAILS)
            for group, members in (("administrators", 2), ("educators", 6), (text("group"), 3), ("community", text("members")))]  # fmt: skip
    return table("School,Group,Members,As of,Who", rows)


def contacts() -> str:
    rows = [[school, f"2025-{3 + place % 8:02d}-1{place % 5}", ("email", "call", "visit")[place % 3], "principal", text("member", place % 4), "", "", text("reason", place)]
            for school in (*SCHOOLS, FAILS) for place in range(8)]  # fmt: skip
    rows[1][2] = text("kind")
    rows[2][5] = "2024-01-01"
    return table("School,Asked on,How,Whom,Member,Answered on,First ask,Reason", rows)


def connections() -> str:
    rows = [[school, "2025-09-15", text("member", place), text("leader", school), ("yes", "no")[place % 2]] for school in (*SCHOOLS, FAILS) for place in range(4)]
    rows[0][4] = text("close")
    return table("School,Drawn on,Member,Leader,Close", rows)


def meetings() -> str:
    rows = [[school, f"2025-{month:02d}-07", f"Staff meeting {month}", PERSONS, PERSONS, 5, 3, text("minutes", month)] for school in (*SCHOOLS, FAILS)
            for month in (9, 10)]  # fmt: skip
    return table("School,Date,Meeting,Invited,Present,Planned,Settled,Remark", rows)


def turns() -> str:
    rows = [[school, f"Staff meeting {month}", text("speaker", turn % 9), 20 + turn, ("no", "yes")[turn % 9 == 0], text("said", turn)]
            for school in (*SCHOOLS, FAILS) for month in (9, 10) for turn in range(40)]  # fmt: skip
    rows[5][4] = text("chair")
    return table("School,Meeting,Speaker,Words,Chair,What", rows)


def gatherings() -> str:
    rows = [[school, f"2025-10-{day:02d}", "Lunch", place, people, text("who sat", place)] for school in (*SCHOOLS, FAILS) for day in range(6, 11)
            for place, people in (("Hall", 9), ("Library", 6), ("Yard", 2))]  # fmt: skip
    rows[0][4] = text("people")
    return table("School,Date,Time,Place,People,Who", rows)


def network_people() -> str:
    rows = [[school, text("on map", place), ("yes", "no")[place == 3], text("group", "of the map", place % 2), text("map name", place)]
            for school in (*SCHOOLS, FAILS) for place in range(PERSONS)]  # fmt: skip
    return table("School,Person,Completed,Group,Name", rows)


def ties() -> str:
    rows = [[school, text("on map", place), text("on map", (place * 3 + 1) % PERSONS), text("why")] for school in (*SCHOOLS, FAILS) for place in range(PERSONS)]
    return table("School,From,To,Reason", [*rows, [SCHOOLS[0], text("on map", 1), text("not on map"), ""]])


SOURCES = """
    surveys:
      staff: {title: Staff survey, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}
      lived_by: {title: Pulse}
      review: {title: Review}
    sources:
    """ + "".join(f"""
      answers_{wave[:4]}: {{table: responses, survey: staff, form: csv, path: data/raw/answers_{wave}.csv, wave: {wave}, school: School, person: Token,
                       role: Role, response_id: Record, duration: Seconds, weight: Weight, codebook: staff}}
      roster_{wave[:4]}: {{table: roster, form: csv, path: data/raw/roster_{wave}.csv, wave: {wave}, school: School, person: Token, role: Role}}
    """ for wave in WAVES) + """
      pulse: {table: ratings, rates: agreements, survey: lived_by, form: csv, path: data/raw/pulse.csv, school: School, date: Date, person: Token,
              item: Agreement, value: How often, codebook: lived_by}
      review: {table: ratings, rates: collaboration, survey: review, form: csv, path: data/raw/review.csv, school: School, date: Date, person: Token,
               response_id: Record, codebook: collaboration_review}
      teams: {table: teams, form: csv, path: data/raw/teams.csv, school: School, group: Group, members: Members, date: As of}
      weekly: {table: series, form: csv, path: data/raw/weekly.csv, school: School, date: Week, measure_column: Measure, numerator: Numerator,
               denominator: Denominator, value: Value, persons: Persons}
      contacts: {table: contacts, form: csv, path: data/raw/contacts.csv, columns: {school_id: School, date: Asked on, kind: How, to: Whom, member: Member,
                 answered: Answered on, first_ask: First ask, reason: Reason}}
      connections: {table: connections, form: csv, path: data/raw/connections.csv,
                    columns: {school_id: School, date: Drawn on, member: Member, leader: Leader, close: Close}}
      meetings: {table: meetings, form: csv, path: data/raw/meetings.csv, columns: {school_id: School, date: Date, meeting: Meeting, invited: Invited,
                 present: Present, planned: Planned, settled: Settled}}
      turns: {table: turns, form: csv, path: data/raw/turns.csv, columns: {school_id: School, meeting: Meeting, speaker: Speaker, words: Words, chair: Chair}}
      gatherings: {table: gatherings, form: csv, path: data/raw/gatherings.csv, columns: {school_id: School, date: Date, time: Time, place: Place, people: People}}
      network_people: {table: network_people, form: csv, path: data/raw/network_people.csv, columns: {school_id: School, person: Person, completed: Completed,
                       group: Group}}
      ties: {table: ties, form: csv, path: data/raw/ties.csv, columns: {school_id: School, source: From, target: To}}
    """  # fmt: skip


def plant(folder: Path, project: Path) -> Path:
    """The district with its planted values, and all notebooks of the project; those of one school are made to fail."""
    parameters = project / "parameters"
    book = small_district.FILES["parameters/codebooks/staff.yaml"].replace(
        "text: Second., answers: agree}", "text: Second., answers: agree}\n          years: {columns: [Years], text: Years here., range: [0, 60]}"
    )
    review_book = (parameters / "codebooks" / "collaboration_review.yaml").read_text(encoding="utf-8")
    questions = re.findall(r'columns: \["(.+)"\]', review_book)
    cycle = (parameters / "cycles" / "peer-visits.yaml").read_text(encoding="utf-8").replace('["0103"]', str(list(SCHOOLS)).replace("'", '"'))
    cycle = re.sub(r"(?m)^(focus|rule_hash): .*\n", "", cycle)
    small_district.write(folder, {
        "parameters/schools.csv": "school_id,name,level\n0101,Alder Creek School,elementary\n0102,Birch Lane School,elementary\n0103,Cedar School,middle\n",
        "parameters/sources.yaml": SOURCES, "parameters/codebooks/staff.yaml": book, "parameters/codebooks/collaboration_review.yaml": review_book,
        "parameters/codebooks/lived_by.yaml": (parameters / "codebooks" / "lived_by.yaml").read_text(encoding="utf-8"),
        "parameters/measures.yaml": (parameters / "measures.yaml").read_text(encoding="utf-8"), "parameters/cycles/visits.yaml": cycle,
        "parameters/agreements.csv": "id,school_id,text,question,owner,behaviour,cadence,last_review\n"
        + "".join(f"{school}-a,{school},We end on time.,among_staff,Chair,The door closes.,quarterly,2025-10-06\n" for school in (*SCHOOLS, FAILS)),
        "data/raw/answers.csv": None, "data/raw/pulse.csv": pulse(), "data/raw/review.csv": review(questions), "data/raw/teams.csv": teams(),
        "data/raw/weekly.csv": series(), "data/raw/contacts.csv": contacts(), "data/raw/connections.csv": connections(),
        "data/raw/meetings.csv": meetings(), "data/raw/turns.csv": turns(), "data/raw/gatherings.csv": gatherings(),
        "data/raw/network_people.csv": network_people(), "data/raw/ties.csv": ties(),
        **{f"data/raw/answers_{wave}.csv": answers(wave) for wave in WAVES}, **{f"data/raw/roster_{wave}.csv": roster(wave) for wave in WAVES},
        f"data/notes/{FAILS}/02_review_norms.md": f"## norms\n{text('note')} Gr".encode() + b"\xfc\xdfe\n",
    })  # fmt: skip
    (folder / "notebooks").mkdir()
    for path in sorted((project / "notebooks").glob("0[1-6]_*.ipynb")):
        content = nbformat.read(path, as_version=4)
        if path.name.startswith("01"):
            raises = f"import pandas as pd\nif school_id == '{FAILS}':\n    pd.read_csv('data/raw/answers_{WAVES[1]}.csv')['Comment'].astype(int)"
            content.cells.append(nbformat.v4.new_code_cell(raises, id="fails"))
        nbformat.write(content, folder / "notebooks" / path.name)
    return folder


# Looking for what was planted


def strings(content: bytes, name: str) -> list[str]:
    """All text that can be got out of a file: as it stands, unpacked, out of its notebook cells, columns or pictures."""
    found = [content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    if name.endswith(".parquet"):
        table = pd.read_parquet(io.BytesIO(content))
        found += ["\n".join(map(str, table[column].dropna().unique())) for column in table]
        found += [str(value) for column in table.select_dtypes("number") for value in table[column].dropna().map(lambda number: f"{number:.12g}").unique()]
    if name.endswith(".gz"):
        found += strings(gzip.decompress(content), name[:-3])
    for packed in re.findall(rb'"?([A-Za-z0-9+/]{400,}={0,2})"?', content.replace(b"\\n", b"")):  # pictures stand in base64
        found += picture(base64.b64decode(packed + b"=" * (-len(packed) % 4)))
    return found


def picture(content: bytes) -> list[str]:
    """The texts that a PNG carries beside its pixels (chunks tEXt, zTXt, iTXt, eXIf)."""
    found, place = [], 8
    while content.startswith(b"\x89PNG") and place + 8 <= len(content):
        size, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        data = content[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt", b"eXIf"):
            found.append(data.decode("latin-1"))
        if kind == b"zTXt":
            found.append(zlib.decompress(data.split(b"\0", 1)[1][1:]).decode("latin-1"))
        place += 12 + size
    return found


def leaks(content: bytes, name: str, hidden: list[str]) -> list[str]:
    """What of the planted is in a file: the word, a number that stands alone, a token's hash."""
    found = set()
    for one in strings(content, name):
        lower = one.lower()
        found |= {WORD} if WORD in lower else set()
        found |= {ip for ip in re.findall(r"203\.0\.113\.\d+", one)}
        found |= {number for number in NUMBERS if re.search(rf"(?<![\d.]){re.escape(number.lstrip('-'))}(?!\d)", one.replace(",", ""))}
        found |= {value for value in hidden if value in lower}
    return sorted(found)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def hashes() -> list[str]:
    """A token may not stand there under another name that everyone can work out."""
    tokens = [token(school, place) for school in (*SCHOOLS, FAILS) for place in range(PERSONS)]
    return [make(one.encode()).hexdigest()[:16] for one in tokens for make in (hashlib.md5, hashlib.sha1, hashlib.sha256)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory, project_root):
    folder = plant(tmp_path_factory.mktemp("canaries"), project_root)
    return folder, cyclebook("run", "--district", folder, "--schools", f"{SCHOOLS[0]},{FAILS},_district")


def test_the_run_made_all_pages_but_the_two_that_fail(ran):
    folder, done = ran
    assert done.returncode == 1, done.stderr
    pages = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["pages"]
    failed = {(page["school_id"], page["step"]): page["error"] for page in pages if page["error"]}
    assert set(failed) == {(FAILS, "01_collect_climate"), (FAILS, "02_review_norms")} and len(pages) == 10
    made = tree(folder / "reports")
    assert len([name for name in made if name.endswith(".html")]) == 10 and any(name.endswith(".ics") for name in made)
    assert any(name.endswith(".csv") for name in made) and b"14 of 20" in made["index.html"]
    assert b"Trust" not in made["0101/01_collect_climate.html"] and b"help among staff" in made["0101/01_collect_climate.html"].lower()


def test_every_kind_of_column_was_planted_and_read(ran):
    folder, _ = ran
    aside = "".join(path.read_text(encoding="utf-8-sig") for path in (folder / "data" / "set_aside").glob("*.csv"))
    for kind in ("school", "agreement", "day", "measure", "kind", "close", "chair", "people"):
        assert text(kind) in aside, kind
    said = cyclebook("check", "--district", folder, "--all").stdout
    for planted in (text("label", "0101"), text("pulse label"), text("review label"), text("value"), text("group"), text("members"), *NUMBERS[1:3]):
        assert planted in said, planted
    assert NUMBERS[4] in aside


@pytest.mark.parametrize("place", ["reports", ".cyclebook"])
def test_nothing_that_was_planted_is_there(ran, hashes, place):
    folder, _ = ran
    files = tree(folder / place)
    assert len(files) > 15
    assert {name: found for name, content in files.items() if (found := leaks(content, name, hashes))} == {}
    if place == "reports":  # nor where the data lie
        assert [name for name, content in files.items() if str(folder).encode() in content] == []


def test_nothing_that_was_planted_is_said(ran, hashes):
    """What a run and status print may end in a log or a mail: counts and file names, no values. `check` is for the analyst's eyes."""
    folder, done = ran
    said = done.stdout + done.stderr + cyclebook("status", "--district", folder).stdout
    assert "ValueError in cell" in said and "UTF-8" in said
    assert leaks(said.encode(), "said", hashes) == []


def test_a_failed_pages_error_on_the_index_holds_no_value_and_no_place(ran, hashes):
    folder, _ = ran
    index = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "ValueError in cell" in index and "save the note as UTF-8" in index
    assert str(folder) not in index and leaks(index.encode(), "index.html", hashes) == []


# The search can fail


def png(kind: bytes, data: bytes) -> bytes:
    """A PNG with one chunk of text, and enough pixels to be found among other base64."""
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(kind, data) + chunk(b"IDAT", bytes(400)) + chunk(b"IEND", b"")


LEAKING = {
    "a page": ("x.html", b"<td>Canary-token-0101-3</td>"),
    "a notebook's metadata": ("x.ipynb", json.dumps({"cells": [{"metadata": {"by": text("name", 1)}}]}).encode()),
    "a number": ("x.html", b"<td>918,273,645</td>"),
    "a negative number": ("x.csv", b"a,-424242,b"),
    "a decimal number": ("x.json", b'{"value": 66666.125}'),
    "an address": ("x.json", b'"203.0.113.7"'),
    "a calendar": ("x.ics", b"SUMMARY:" + text("comment").encode()),
    "a hash": ("x.json", hashlib.sha256(token("0101", 3).encode()).hexdigest().encode()),
    "a picture's text": ("x.html", b'src="data:image/png;base64,' + base64.b64encode(png(b"tEXt", b"Title\0Canary" + bytes(400))) + b'"'),
    "a picture's packed text": ("x.ipynb", b'"image/png": "' + base64.b64encode(png(b"zTXt", b"Title\0\0" + zlib.compress(b"canary" * 9))) + b'"'),
    "a packed file": ("x.json.gz", gzip.compress(text("comment").encode())),
}


@pytest.mark.parametrize("case", LEAKING)
def test_the_search_finds_it(case, hashes):
    name, content = LEAKING[case]
    assert leaks(content, name, hashes) != []


@pytest.mark.parametrize("column", [["a", text("token", 1)], [1.5, 66666.125], [None, 777111777]])
def test_the_search_finds_it_in_the_ledger(tmp_path, column, hashes):
    pd.DataFrame({"value": column}).to_parquet(tmp_path / "x.parquet", compression="zstd")
    content = (tmp_path / "x.parquet").read_bytes()
    assert leaks(content, "x.parquet", hashes) != []


def test_the_search_finds_nothing_where_nothing_is(hashes):
    assert leaks(b"<td>3.9</td> 1918273645 canaries are can-ary birds".replace(b"canaries", b"finches"), "x.html", hashes) == []
