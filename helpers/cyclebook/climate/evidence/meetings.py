"""Meetings that were watched: how talk was spread, how many did not speak, and what was settled. No number says who."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.climate.coded import bound
from cyclebook.climate.evidence import voice
from cyclebook.climate.evidence.lines import Line, stacked
from cyclebook.climate.evidence.terms import term_of
from cyclebook.climate.rows import rows
from cyclebook.parameters import fold
from cyclebook.privacy import coding
from cyclebook.privacy.sets import RespondentSet

SCALE = "meetings"
SEED = 20210613  #: of the draws with equal chances
LEAST = 2  #: "one person did most of the talking" would tell of one person: it stands as "at most 2"
KEYS = ["school_id", "meeting"]
#: What a meeting gives, in the order of :func:`observe`. people: those there, or those who spoke where nobody counted those there.
NUMBERS = (
    "people", "turns", "speakers", "quiet", "quiet_equal", "most", "most_equal", "gini", "gini_high", "evenness",
    "gini_turns", "gini_turns_high", "evenness_turns", "chair_turns",
)  # fmt: skip


def observe(meetings: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """One row for each meeting: columns of the table ``meetings``, term, by (words, seconds or turns), over, and ``NUMBERS``.

    meetings, turns: the tables of records. ``most``: the fewest people who together did four fifths of the talking; ``gini`` and ``evenness`` (normalised
    entropy) of talk, by words where each turn has its words, else by seconds, else by turns; ``gini_turns`` by turns. Where it is known how many
    were there, those who said nothing count with 0; else ``quiet`` is nan. ``*_equal``, ``*_high``: what equal chances would give
    (:func:`voice.equal_chances`). ``chair_turns`` is nan where no turn is marked as the leader's. ``over``: more spoke than were there, so
    that nothing can be said of either. Numbers of talk are nan without turns.
    """
    turns = spelled(turns, meetings)
    spoken = {key: group for key, group in turns.groupby(KEYS, sort=False)}
    found = [_one(row, spoken.get((row.school_id, row.meeting))) for row in meetings.itertuples()]
    table = pd.DataFrame(found, columns=["by", "over", *NUMBERS], index=meetings.index)
    table[list(NUMBERS)] = table[list(NUMBERS)].astype("float64")
    return meetings.assign(term=[term_of(day) for day in meetings["date"]]).join(table)


def spelled(turns: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """The turns with the names of meetings as the list of meetings has them: spelt alike ignoring case and blanks, they are one."""
    names = {(school, fold(meeting)): meeting for school, meeting in meetings[KEYS].itertuples(index=False, name=None)}
    found = [names.get((school, fold(meeting)), meeting) for school, meeting in turns[KEYS].itertuples(index=False, name=None)]
    return turns.assign(meeting=pd.Series(found, index=turns.index, dtype="str"))


def _one(row, turns: pd.DataFrame | None) -> dict:
    present = None if pd.isna(row.present) else int(row.present)
    nothing = {"by": "turns", "over": False, **dict.fromkeys(NUMBERS, np.nan), "people": present or 0}
    if turns is None:
        return nothing
    speakers = turns["speaker"].nunique()
    if present is not None and speakers > present:
        return nothing | {"over": True, "people": 0}
    by = next((name for name in ("words", "seconds") if turns[name].notna().all() and turns[name].sum() > 0), "turns")
    length = turns[by] if by != "turns" else pd.Series(1.0, index=turns.index)
    people = speakers if present is None else present
    found = voice.equity_of_voice(turns["speaker"], length, present=people)
    chance = voice.equal_chances(length, people, SEED, all_spoke=present is None)
    led = (turns["chair"] == "yes").sum()
    return {
        "by": by,
        "over": False,
        "people": people,
        "turns": found.turns,
        "speakers": speakers,
        "quiet": np.nan if present is None else present - speakers,
        "quiet_equal": np.nan if present is None else chance.silent,
        "most": found.n_for_80pct_words,
        "most_equal": chance.n_for_80pct_words,
        "gini": found.gini_words,
        "gini_high": chance.gini_words_high,
        "evenness": found.norm_entropy_words,
        "gini_turns": found.gini_turns,
        "gini_turns_high": chance.gini_turns_high,
        "evenness_turns": found.norm_entropy_turns,
        "chair_turns": float(led) if led else np.nan,
    }


def statistics(observed: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows of each meeting (``item`` its name) and, where a term has two or more that are shown, of the term, not yet protected.

    observed: of :func:`observe`. The set of a meeting is the people in it; that of a term, the people of its meetings, of whom it is only
    known that they are at least as many as the largest meeting had. How many did not speak is coded at both ends, who did most of the
    talking from below, and the indexes where they would tell of one person; numbers of a term are made from what is shown of its meetings.
    """
    known = observed[observed["people"] > 0].reset_index(drop=True)
    if not len(known):
        return rows(_keys(known), "turns", [], 0)
    keys = _keys(known)
    clear = (keys["n"] >= smallest_group).to_numpy()
    quiet, at = np.full(len(known), np.nan), np.full(len(known), "", dtype=object)
    counted = clear & known["quiet"].notna().to_numpy()
    quiet[counted], at[counted] = coding.code_count(known["quiet"][counted], keys["n"][counted], smallest_group)
    most = known["most"].clip(lower=LEAST)
    less = np.where(known["most"] <= LEAST, coding.OR_LESS, coding.EXACT)
    talked, item = known["turns"].notna(), known["meeting"]
    known, ends = _coded_indexes(known)
    tables = [
        _some(keys, talked, "turns", known["turns"], 0, item),
        _some(keys, talked, "most", most, 0, item, less),
        _some(keys, talked & known["most_equal"].notna(), "most_equal", known["most_equal"], 0, item),
        _some(keys, known["quiet"].notna(), "quiet", quiet, 0, item, at),
        _some(keys, known["quiet"].notna(), "quiet_equal", known["quiet_equal"], 0, item),
        *(_some(keys, talked & known[name].notna(), name, known[name], 2, item, ends.get(name, "")) for name in
          ("gini", "gini_high", "evenness", "gini_turns", "gini_turns_high", "evenness_turns")),
        *(_some(keys, known[name].notna(), name, known[name], 0, item) for name in ("planned", "settled")),
        _some(keys, known["invited"].notna() & known["present"].notna(), "invited", known["invited"], 0, item),
    ]  # fmt: skip
    lines: list[Line] = []
    shown = known.assign(n=keys["n"], quiet=quiet, quiet_at=at, most=most, most_at=less)[clear & talked]
    for (school, term), group in shown.groupby(["school_id", "term"], sort=False):
        if len(group) > 1:
            lines += _of_term(str(school), str(term), group)
    tables += [stacked(SCALE, lines)] if lines else []
    return pd.concat(tables, ignore_index=True)


def _coded_indexes(known: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Gini and evenness no further out than where ``LEAST`` people share all talk alike, which depends on the number of people only; and where they stand at it.

    Beyond it they would say that one person did nearly all of the talking.
    """
    people, ends = known["people"].clip(lower=LEAST), {}
    most, least = np.floor(100 * (people - LEAST) / people + 1e-6) / 100, np.ceil(100 * np.log(LEAST) / np.log(people) - 1e-6) / 100
    for name in ("gini", "gini_turns"):
        ends[name] = np.where(known[name].round(2) >= most, coding.OR_MORE, coding.EXACT)
        known = known.assign(**{name: known[name].clip(upper=most)})
    for name in ("evenness", "evenness_turns"):
        ends[name] = np.where(known[name].round(2) <= least, coding.OR_LESS, coding.EXACT)
        known = known.assign(**{name: known[name].clip(lower=least)})
    return known, ends


def _keys(known: pd.DataFrame) -> pd.DataFrame:
    sets = [str(RespondentSet.of(source=SCALE, window=row.meeting, school_id=row.school_id)) for row in known.itertuples()]
    return pd.DataFrame({
        "school_id": known["school_id"], "wave": known["term"], "scale": SCALE, "n": known["people"].astype("int64"),
        "set": pd.Series(sets, index=known.index, dtype="str"), "why": "",
    })  # fmt: skip


def _some(keys: pd.DataFrame, which, statistic: str, value, decimals: int, item, at="") -> pd.DataFrame:
    which = np.asarray(which, dtype=bool)
    marks = np.broadcast_to(np.asarray(at, dtype=object), len(keys))[which]
    return rows(keys[which], statistic, np.asarray(value, dtype=float)[which], decimals, item=item[which], bound=marks)


def _of_term(school: str, term: str, group: pd.DataFrame) -> list[Line]:
    name = str(RespondentSet.of(source=SCALE, window=list(group["meeting"]), school_id=school))
    people = int(group["n"].max())

    def row(statistic: str, value: float, at: str = "") -> Line:
        return Line(school, term, "", statistic, float(value), 0, people, name, at)

    def share(part: pd.Series, at: pd.Series, spare: pd.Series, whole: pd.Series) -> tuple[float, str]:
        # what is left open at the ends of single meetings is told where it may move the whole by half a percent
        open_ = {side: 100 * spare[at == side].sum() / whole.sum() >= 0.5 for side in (coding.OR_MORE, coding.OR_LESS)}
        return 100 * part.sum() / whole.sum(), str(bound([open_[coding.OR_MORE]], [open_[coding.OR_LESS]])[0])

    found = [row("meetings", len(group)), row("most_share", *share(group["most"], group["most_at"], group["most"] - 1, group["n"]))]
    counted = group[group["quiet"].notna()]
    if len(counted) > 1:
        rest = counted["quiet"].where(counted["quiet_at"] == coding.OR_LESS, counted["n"] - counted["quiet"])
        found += [row("quiet_share", *share(counted["quiet"], counted["quiet_at"], rest, counted["n"]))]
    judged = group[group["gini_high"].notna()]
    uneven = judged["gini"].round(2) > judged["gini_high"].round(2)
    found += [row("judged", len(judged)), row("uneven", uneven.sum())]
    led = group[group["chair_turns"].notna()]
    if len(led) > 1:
        turns = led["turns"].sum()
        found += [row("led_share", 100 * led["chair_turns"].sum() / turns), row("led_equal", 100 * (led["turns"] / led["people"]).sum() / turns)]
    listed = group[group["planned"].notna() & group["settled"].notna()]
    if len(listed):
        found += [row("planned", listed["planned"].sum()), row("settled", listed["settled"].sum())]
    return found


def listed(observed: pd.DataFrame, turns: pd.DataFrame, known: pd.DataFrame) -> dict[str, dict]:
    """Facts of each school: its meetings in order of time, and how many could not be used.

    known: all meetings that are recorded, whatever their day. ``unlisted``: meetings that stand in ``turns`` only; ``over``: meetings in which
    more spoke than were there; ``uncounted``: meetings without turns and without a number of people.
    """
    every = set(known[KEYS].itertuples(index=False, name=None))
    alone = {key for key in spelled(turns, known)[KEYS].drop_duplicates().itertuples(index=False, name=None) if key not in every}
    found: dict[str, dict] = {}
    for school in sorted({*observed["school_id"], *(school for school, _ in alone)}):
        here = observed[observed["school_id"] == school].sort_values(["date", "meeting"])
        used = here[here["people"] > 0]
        found[school] = {
            "meetings": [{"meeting": row.meeting, "date": row.date, "term": row.term, "by": row.by} for row in used.itertuples()],
            "over": int(here["over"].sum()),
            "uncounted": int(((here["people"] == 0) & ~here["over"]).sum()),
            "unlisted": sum(name == school for name, _ in alone),
        }
    return found
