"""The settings: what each one means, which values it takes, and who may set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: For whom the pages are made, and the smallest group that this asks for at least: pages for the public ask for twice the usual one.
STAFF, PUBLIC = "staff", "public"
AUDIENCES: dict[str, int | None] = {STAFF: None, PUBLIC: 10}

#: Who may set a setting.
DISTRICT, SCHOOL, STRICTER = "district only", "district or school", "district; a school may only be stricter"


@dataclass(frozen=True)
class Setting:
    """A setting in force: its value, and the layer that it came from.

    `layer`: `default` (the program), `district` (parameters/district.yaml), `school` (parameters/schools/<school_id>.yaml),
    `promise` (the smallest group was raised, because staff were promised a larger one), or `public` (it was raised, because the
    pages are for the public).
    """

    name: str
    value: int | float | str
    layer: str


@dataclass(frozen=True)
class Rule:
    """What a setting may be. `low` and `high` are both allowed; `choices` only for text."""

    kind: type
    default: int | float | str
    set_by: str
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def remedy(self) -> str:
        """What to write, for a message."""
        if self.choices:
            return f"write one of: {', '.join(self.choices)}"
        number = "a whole number" if self.kind is int else "a number"
        span = f"of at least {self.low:g}" if self.high is None else f"from {self.low:g} to {self.high:g}"
        return f"write {number} {span}"


SETTINGS: dict[str, Rule] = {
    "smallest_group": Rule(int, 5, DISTRICT, "no number is published that stands on fewer people", 3, 50),
    "answer_gate_rate": Rule(
        float, 0.5, STRICTER, "least share of a school's staff that answered for scores to be shown", 0, 1
    ),
    "answer_gate_answers": Rule(int, 8, STRICTER, "least number of answers for scores to be shown", 1),
    "small_school": Rule(int, 20, DISTRICT, "below this many answers the district's pooled spread is used", 0),
    "like_margin": Rule(
        float, 0.2, DISTRICT, "distance from the district's mean that counts as like it, in standard deviations", 0
    ),
    "tell_apart": Rule(float, 0.7, DISTRICT, "least ICC(2) from which schools can be told apart on a scale", 0, 1),
    "agree_share": Rule(float, 0.8, SCHOOL, "least share of staff on one side for agreement on an item", 0.5, 1),
    "split_share": Rule(float, 0.3, SCHOOL, "least share of staff on each side for a split on an item", 0, 0.5),
    "near_top": Rule(float, 0.9, SCHOOL, "share of the scale's range from which a mean is near the top", 0, 1),
    "divided_items": Rule(int, 3, SCHOOL, "how many of the most divided items are listed", 1, 10),
    "load_hours": Rule(float, 1.0, SCHOOL, "hours a week that all cycles of a school together may ask of a teacher", 0, 40),
    "readiness_prevalence": Rule(float, 0.5, DISTRICT, "share of schools that count as ready to take up a new practice: sets the cut", 0.1, 0.9),
    "readiness_ready_at": Rule(float, 0.68, DISTRICT, "probability of being ready from which a school is told so", 0.55, 0.99),
    "readiness_community_at": Rule(float, 0.32, DISTRICT, "probability of being ready up to which a school is told to start with community", 0.01, 0.45),
    "readiness_error_correlation": Rule(float, 0.5, DISTRICT, "how strongly errors of different sources may go together, at most", 0, 0.9),
    "readiness_validity": Rule(float, 0.9, DISTRICT, "correlation of what a source measures with readiness", 0.5, 1),
    "readiness_sources": Rule(int, 2, DISTRICT, "least number of sources for a word on readiness", 2, 10),
    "language": Rule(str, "en", SCHOOL, "language of the reports", choices=("en",)),
}


def resolve(
    district: Mapping[str, object], school: Mapping[str, object], promised: int | None, audience: str = STAFF
) -> dict[str, Setting]:
    """The defaults, under the district's settings, under the school's; the smallest group raised to what was promised, and to what
    the audience asks for: the strictest of all holds.
    """
    settings = {}
    for name, rule in SETTINGS.items():
        value, layer = rule.default, "default"
        for values, where in ((district, "district"), (school, "school")):
            if name in values:
                value, layer = values[name], where
        if name == "smallest_group":
            for least, where in ((promised, "promise"), (AUDIENCES[audience], PUBLIC)):
                if least is not None and least > value:
                    value, layer = least, where
        settings[name] = Setting(name, value, layer)
    return settings
