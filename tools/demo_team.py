"""What the demonstration district's own team records: whom it tried to reach, and who knows whom. Each table has a generator of its own."""
from __future__ import annotations

from datetime import date, timedelta

import demo_model as model

FIRST, DAY = date(2024, 11, 25), date(2025, 11, 21)
MAPS = (date(2025, 2, 10), date(2025, 10, 27))
NO_TIE = ("0113", "0206", "0304")            # the story: no member of the team is close to a leader there
NO_VISIT = ("0205", "0304")                  # no visit was asked for there this term
SELDOM = {"0302": 0.35, "0304": 0.3, "0303": 0.5}   # large schools that the team reaches out to less than their size asks for
TERM = date(2025, 8, 18)
KINDS = {"email": (0.56, 0.62, 0.14), "call": (0.14, 0.85, 0.45), "text": (0.10, 0.9, 0.7), "visit": (0.20, 0.85, 0.25)}   # share, chance of an answer, of one each day
REASONS = {"testing weeks": 0.3, "short of staff": 0.36, "new in the role": 0.26, "a private matter": 0.08}
RARE = "a private matter"                    # given at so few schools that no page shows it
RARE_AT = ("0104", "0202")


def _team() -> tuple[dict[str, str], list[str]]:
    """The token of the coach of each school, and all tokens."""
    draw = model.rng("team")
    tokens = [f"tm-{number:04d}" for number in sorted(draw.choice(9000, 6, replace=False) + 1000)]
    coaches = dict(zip(sorted(set(model.SCHOOLS.coach)), tokens, strict=False))
    return {row.school_id: coaches[row.coach] for row in model.SCHOOLS.itertuples()}, tokens


def contacts() -> tuple[list[list], list[dict], dict]:
    """Rows of contacts.csv, the mess of each, and what is true of them."""
    draw, (coach, tokens) = model.rng("contacts"), _team()
    found = []
    for school in model.SCHOOLS.itertuples():
        for _ in range(int(draw.poisson(SELDOM.get(school.school_id, 1) * (10 + 0.5 * school.staff)))):
            found.append(_contact(draw, school.school_id, coach, tokens))
    found = [row for row in found if row is not None]
    found.sort(key=lambda row: (row[1], row[0], row[2], row[3]))
    mess: list[list[tuple]] = [[] for _ in found]
    first = next(place for place, row in enumerate(found) if row[5] and row[5] > row[1])
    found[first][1], found[first][5] = found[first][5], found[first][1]
    odd = next(place for place, row in enumerate(found) if row[2] == "call" and place != first)
    found[odd][2] = "fax"
    mess[first].append(("early_answer", "Answered on", found[first][5]))
    mess[odd].append(("unknown_label", "How", "fax"))
    good = [row for row, wrong in zip(found, mess, strict=True) if not wrong]
    truth = {
        "asked": len(good), "answered": sum(bool(row[5]) for row in good),
        "by_kind": {kind: [sum(row[2] == kind for row in good), sum(row[2] == kind and bool(row[5]) for row in good)] for kind in KINDS},
        "first_ask": [sum(row[6] == "yes" for row in good), sum(row[6] != "" for row in good)],
        "rare_reason": RARE, "set_aside": 2, "members": tokens,
        "no_visit": sorted(set(model.OPEN["2025-fall"]) - {row[0] for row in good if row[2] == "visit" and row[1] >= TERM.isoformat()}),
    }
    header = ["School", "Asked on", "How", "Whom", "Member", "Answered on", "First ask", "Reason"]
    return [header, *found], [{"mess": wrong} for wrong in mess], truth


def _contact(draw, school: str, coach: dict[str, str], tokens: list[str]) -> list | None:
    asked = FIRST + timedelta(days=int(draw.integers((DAY - FIRST).days + 1)))
    kind = str(draw.choice(list(KINDS), p=[share for share, *_ in KINDS.values()]))
    to = str(draw.choice(["principal", "sel_lead", "other"], p=[0.5, 0.4, 0.1]))
    member = coach[school] if draw.random() < 0.5 else str(draw.choice(tokens))
    _, ever, daily = KINDS[kind]
    ever = min(0.97, ever + (0.08 if to == "sel_lead" else -0.05))
    answered = asked + timedelta(days=int(draw.geometric(daily)) - 1) if draw.random() < ever else None
    reason = str(draw.choice(list(REASONS), p=list(REASONS.values()))) if answered is None and draw.random() < 0.4 else ""
    first = "yes" if draw.random() < 0.6 else "no"
    if asked.weekday() > 4 or (school == "0111" and asked > date(2025, 6, 6)):
        return None
    if kind == "visit" and school in NO_VISIT and asked >= TERM:
        kind = "email"
    if reason == RARE and school not in RARE_AT:
        reason = ""
    known = answered is not None and answered <= DAY and not (school == "0111" and answered > date(2025, 6, 13))
    return [school, asked.isoformat(), kind, to, member, answered.isoformat() if known else "", first if kind == "visit" else "", reason]


def connections() -> tuple[list[list], list[dict], dict]:
    """Rows of connections.csv, the mess of each (none), and what is true of the latest map."""
    draw, (coach, tokens) = model.rng("connections"), _team()
    found, told = [], {}
    for day in MAPS:
        for school in model.SCHOOLS.itertuples():
            if school.school_id == "0111" and day > date(2025, 6, 13):
                continue
            close_here = set()
            for leader in (f"ld-{school.school_id}-1", f"ld-{school.school_id}-2"):
                for member in tokens:
                    chance = 0.65 if member == coach[school.school_id] else 0.1
                    close = draw.random() < chance and school.school_id not in NO_TIE
                    close_here |= {member} if close else set()
                    found.append([school.school_id, day.isoformat(), member, leader, "yes" if close else "no"])
            told[school.school_id] = len(close_here)
    told.pop("0111")
    return [["School", "Drawn on", "Member", "Leader", "Close"], *found], [{"mess": []} for _ in found], {"contacts": told}
