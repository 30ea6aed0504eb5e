"""Answer sets that are known by their words: which labels belong together, and in which order, in English and Spanish.

Sources of the wordings: Qualtrics' and SurveyMonkey's own answer libraries, Panorama's teacher survey, OECD TALIS 2018, Vagias (2006),
"Likert-type scale response anchors". Only a set whose every label is known is recognised, and the order is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from cyclebook.parameters import fold

#: Rungs from the lowest to the highest. " / " stands between wordings of a rung, " = " before the Spanish ones; * is any word, the
#: same in all rungs. The family is the name without its last part.
LADDERS: dict[str, tuple[str, ...]] = {
    "agree_4": ("Strongly disagree / Disagree strongly / Completely disagree = Muy en desacuerdo / Totalmente en desacuerdo",
                "Disagree = En desacuerdo", "Agree = De acuerdo",
                "Strongly agree / Agree strongly / Completely agree = Muy de acuerdo / Totalmente de acuerdo"),
    "agree_4b": ("Strongly disagree / Disagree strongly = Muy en desacuerdo / Totalmente en desacuerdo",
                 "Somewhat disagree / Slightly disagree / Disagree somewhat = Algo en desacuerdo",
                 "Somewhat agree / Slightly agree / Agree somewhat = Algo de acuerdo",
                 "Strongly agree / Agree strongly = Muy de acuerdo / Totalmente de acuerdo"),
    "agree_5": ("Strongly disagree / Disagree strongly / Completely disagree = Muy en desacuerdo / Totalmente en desacuerdo",
                "Disagree = En desacuerdo",
                "Neither agree nor disagree / Neutral / Undecided / Neither disagree nor agree = Ni de acuerdo ni en desacuerdo / Neutral",
                "Agree = De acuerdo", "Strongly agree / Agree strongly / Completely agree = Muy de acuerdo / Totalmente de acuerdo"),
    "agree_5b": ("Strongly disagree / Disagree strongly = Muy en desacuerdo / Totalmente en desacuerdo",
                 "Somewhat disagree / Slightly disagree / Disagree somewhat = Algo en desacuerdo",
                 "Neither agree nor disagree / Neutral / Undecided = Ni de acuerdo ni en desacuerdo / Neutral",
                 "Somewhat agree / Slightly agree / Agree somewhat = Algo de acuerdo",
                 "Strongly agree / Agree strongly = Muy de acuerdo / Totalmente de acuerdo"),
    "agree_6": ("Strongly disagree / Disagree strongly = Muy en desacuerdo / Totalmente en desacuerdo", "Disagree = En desacuerdo",
                "Somewhat disagree / Slightly disagree / Disagree somewhat = Algo en desacuerdo",
                "Somewhat agree / Slightly agree / Agree somewhat = Algo de acuerdo", "Agree = De acuerdo",
                "Strongly agree / Agree strongly = Muy de acuerdo / Totalmente de acuerdo"),
    "agree_7": ("Strongly disagree / Disagree strongly = Muy en desacuerdo / Totalmente en desacuerdo", "Disagree = En desacuerdo",
                "Somewhat disagree / Slightly disagree / Disagree somewhat = Algo en desacuerdo",
                "Neither agree nor disagree / Neutral / Undecided = Ni de acuerdo ni en desacuerdo / Neutral",
                "Somewhat agree / Slightly agree / Agree somewhat = Algo de acuerdo", "Agree = De acuerdo",
                "Strongly agree / Agree strongly = Muy de acuerdo / Totalmente de acuerdo"),
    "often_4": ("Never = Nunca", "Rarely / Seldom = Rara vez / Raramente / Casi nunca", "Sometimes = A veces / Algunas veces",
                "Often / Frequently = A menudo / Frecuentemente / Con frecuencia"),
    "often_4b": ("Never = Nunca", "Sometimes = A veces / Algunas veces", "Often / Frequently / Usually = A menudo / Frecuentemente / Casi siempre",
                 "Always = Siempre"),
    "often_4c": ("Never or almost never = Nunca o casi nunca", "Occasionally = Ocasionalmente", "Frequently = Frecuentemente",
                 "Always = Siempre"),
    "often_4d": ("Never or almost never = Nunca o casi nunca", "Occasionally = Ocasionalmente", "Frequently = Frecuentemente",
                 "In all or nearly all lessons = En todas o casi todas las clases"),
    "often_4e": ("Never = Nunca", "Sometimes = A veces", "Most of the time = La mayoría de las veces", "Always = Siempre"),
    "often_4f": ("Never or rarely = Nunca o rara vez", "Sometimes = A veces", "Often = A menudo", "Very often = Muy a menudo"),
    "often_5": ("Never = Nunca", "Rarely / Seldom = Rara vez / Raramente / Casi nunca", "Sometimes / Occasionally = A veces / Algunas veces",
                "Often / Frequently / Usually = A menudo / Frecuentemente / Con frecuencia / Casi siempre", "Always = Siempre"),
    "often_5b": ("Never = Nunca", "Rarely / Seldom = Rara vez / Raramente", "Sometimes = A veces / Algunas veces",
                 "Often = A menudo", "Very often = Muy a menudo"),
    "often_5c": ("Almost never = Casi nunca", "Once in a while = De vez en cuando", "Sometimes = A veces", "Frequently = Frecuentemente",
                 "Almost always = Casi siempre"),
    "often_5d": ("Never = Nunca", "Sometimes = A veces", "About half the time = La mitad de las veces",
                 "Most of the time = La mayoría de las veces", "Always = Siempre"),
    "often_5e": ("Rarely = Rara vez", "Sometimes = A veces", "About half the time = La mitad de las veces", "Mostly = La mayoría de las veces",
                 "Nearly always = Casi siempre"),
    "often_5f": ("Hardly ever = Casi nunca", "Now and then = De vez en cuando", "About half the time = La mitad de las veces",
                 "Mostly = La mayoría de las veces", "Nearly always = Casi siempre"),
    "quality_4": ("Poor = Malo / Mala", "Fair = Regular", "Good = Bueno / Buena", "Excellent = Excelente"),
    "quality_5": ("Poor = Malo / Mala", "Fair = Regular", "Good = Bueno / Buena", "Very good = Muy bueno / Muy buena", "Excellent = Excelente"),
    "quality_5b": ("Very poor / Very bad = Muy malo / Muy mala", "Poor / Bad = Malo / Mala", "Fair / Average / Acceptable = Regular",
                   "Good = Bueno / Buena", "Very good / Excellent = Muy bueno / Muy buena / Excelente"),
    "quality_5c": ("Terrible = Pésimo", "Poor = Malo", "Average = Regular", "Good = Bueno", "Excellent = Excelente"),
    "satisfied_4": ("Very dissatisfied / Very unsatisfied = Muy insatisfecho / Muy insatisfecha",
                    "Dissatisfied / Somewhat dissatisfied / Unsatisfied = Insatisfecho / Insatisfecha",
                    "Satisfied / Somewhat satisfied = Satisfecho / Satisfecha", "Very satisfied = Muy satisfecho / Muy satisfecha"),
    "satisfied_5": ("Very dissatisfied / Extremely dissatisfied / Very unsatisfied = Muy insatisfecho / Muy insatisfecha",
                    "Dissatisfied / Somewhat dissatisfied / Unsatisfied = Insatisfecho / Insatisfecha",
                    "Neither satisfied nor dissatisfied / Neutral = Ni satisfecho ni insatisfecho / Ni satisfecha ni insatisfecha / Neutral",
                    "Satisfied / Somewhat satisfied = Satisfecho / Satisfecha",
                    "Very satisfied / Extremely satisfied = Muy satisfecho / Muy satisfecha"),
    "likely_5": ("Very unlikely / Extremely unlikely = Muy improbable", "Unlikely / Somewhat unlikely = Improbable",
                 "Neither likely nor unlikely / Neutral = Ni probable ni improbable / Neutral", "Likely / Somewhat likely = Probable",
                 "Very likely / Extremely likely = Muy probable"),
    "favourable_4": ("Very unfavorably / Very unfavorable", "Somewhat unfavorably / Somewhat unfavorable",
                     "Somewhat favorably / Somewhat favorable", "Very favorably / Very favorable"),
    "favourable_5": ("Very unfavorably / Very unfavorable", "Somewhat unfavorably / Somewhat unfavorable",
                     "Neither favorably nor unfavorably / Neutral", "Somewhat favorably / Somewhat favorable", "Very favorably / Very favorable"),
    "extent_4": ("Not at all = Nada / En absoluto", "To some extent = Hasta cierto punto", "Quite a bit = Bastante", "A lot = Mucho"),
    "extent_4b": ("Not at all = Nada / En absoluto", "To a small extent / To a limited extent = En pequeña medida",
                  "To some extent / To a moderate extent = En cierta medida", "To a large extent / To a great extent = En gran medida"),
    "extent_5": ("Not at all = Nada", "A little / A little bit / Slightly = Un poco / Poco", "Somewhat / Some = Algo",
                 "Quite a bit = Bastante", "A great deal / A lot / A tremendous amount / Very much / Extremely = Mucho"),
    "extent_5b": ("None at all = Nada", "A little = Un poco", "A moderate amount = Moderadamente", "A lot = Mucho", "A great deal = Muchísimo"),
    "extent_5c": ("Not at all = Nada", "Slightly = Poco", "Moderately = Moderadamente", "Very = Muy", "Extremely = Extremadamente"),
    "degree_3": ("Not at all * = Nada *", "Somewhat * = Algo *", "Very * = Muy *"),
    "degree_4": ("Not at all * = Nada *", "Not very * / Not too * / Not so * / Slightly * / A little * = Poco *", "Somewhat * = Algo *",
                 "Very * = Muy *"),
    "degree_5": ("Not at all * = Nada *", "Slightly * / A little * / Not so * = Poco *", "Somewhat * / Moderately * = Algo *",
                 "Quite * / Very * = Muy *", "Extremely * = Extremadamente *"),
    "need_4": ("No need at present", "Low level of need", "Moderate level of need", "High level of need"),
}  # fmt: skip

#: Labels that mean no answer.
NO_ANSWER = frozenset(map(fold, (
    "Does not apply", "Doesn't apply", "Not applicable", "N/A", "NA", "n.a.", "Don't know", "Do not know", "I don't know", "Don’t know",
    "I don’t know", "Not sure", "Unsure", "I'm not sure", "Cannot say", "Can't say", "No opinion", "Prefer not to say",
    "Prefer not to answer", "I prefer not to answer", "No answer", "No response", "Declined to answer", "Unfamiliar (N/A)",
    "Not Reached", "Not administered", "Omitted or invalid", "Logically not applicable", "Refused", "Skipped",
    "No aplica", "No se aplica", "No sé", "No sabe", "No estoy seguro", "No estoy segura", "Prefiero no responder", "Prefiero no decir",
    "Prefiero no contestar", "Sin respuesta", "No contesta", "#N/A", "#NULL!",
)))  # fmt: skip
#: Codes that stand for no answer, where the other codes are small.
NO_ANSWER_CODES = frozenset("-999 -998 -997 -99 -98 -97 -9 -8 -7 -1 77 88 97 98 99 777 888 997 998 999".split())
#: Cells that say that an option was not chosen.
NOT_SELECTED = frozenset(map(fold, ("Not selected", "Unselected", "Unchecked", "Not checked", "No seleccionado", "0")))
YES_NO = frozenset(map(fold, ("Yes", "No", "Sí", "Si", "True", "False", "Y", "N", "Maybe", "Tal vez")))
NUMBERED = re.compile(r"(?:(?P<first>\d{1,2})\s*[-–—=.:)(]\s*(?P<after>\D.*)|(?P<before>.*\D)\s*[-–—=.:(]\s*(?P<last>\d{1,2})\)?)", re.DOTALL)


@dataclass(frozen=True)
class Fit:
    """An answer set as it was recognised.

    name, family: of the ladder, `often_5` and `often`. steps: the usual label of each rung, from the lowest. numbers: each label that
    was found (folded), and its number, from 1. whole: every rung was found.
    """

    name: str
    family: str
    steps: tuple[str, ...]
    numbers: Mapping[str, int]
    whole: bool

    @property
    def unseen(self) -> tuple[str, ...]:
        """The usual labels of the rungs that nobody chose."""
        return tuple(step for place, step in enumerate(self.steps, start=1) if place not in self.numbers.values())


def fits(labels: Iterable[str]) -> list[Fit]:
    """The ladders that know every one of the labels (two or more, on two or more rungs), a whole one first."""
    labels = sorted(set(map(fold, labels)))
    if len(labels) < 2:
        return []
    found = [fit for name in LADDERS for fit in _fit(name, labels)]
    whole = [fit for fit in found if fit.whole]
    return whole[:1] or found


def numbered(labels: Iterable[str]) -> dict[str, int] | None:
    """The number that stands in each label, as in `5 - Strongly agree`; None where any has none, or where all are bare numbers."""
    found, worded = {}, False
    for label in set(map(fold, labels)):
        match = NUMBERED.fullmatch(label)
        if match:
            worded = True
            found[label] = int(match["first"] or match["last"])
        elif re.fullmatch(r"\d{1,2}", label):
            found[label] = int(label)
        else:
            return None
    return found if worded and len(set(found.values())) == len(found) >= 3 else None


def numbers(labels: Mapping[str, int]) -> tuple[int, int] | None:
    """The lowest and the highest of labels (with how many cells hold each) that are small whole numbers, three or more from 0, 1 or 2.

    A label in fewer than one cell in a hundred is taken for a slip and does not count; None where more than a few cells hold other.
    """
    total = sum(labels.values())
    core = {fold(label) for label, n in labels.items() if n >= 0.01 * total} - NO_ANSWER_CODES
    kept = sum(n for label, n in labels.items() if fold(label) in core)
    if len(core) < 3 or kept < 0.97 * total or not all(re.fullmatch(r"\d{1,2}", label) for label in core):
        return None
    found = sorted(map(int, core))
    return (found[0], found[-1]) if found[0] <= 2 and found[-1] <= 10 else None


def is_no_answer(label: str) -> bool:
    """Whether a label means that no answer was given."""
    return fold(label) in NO_ANSWER


def _fit(name: str, labels: list[str]) -> list[Fit]:
    rungs = _compiled(name)
    found: dict[str, int] = {}
    taken: dict[tuple[int, str], str] = {}
    words: dict[str, str] = {}
    for label in labels:
        place = next(
            ((number, language, match) for number, wordings in enumerate(rungs, start=1) for language, pattern in wordings
             if (match := pattern.fullmatch(_plain(label)))), None)  # fmt: skip
        if place is None:
            return []
        number, language, match = place
        word = match.groupdict().get("word")
        if word is not None and words.setdefault(language, word) != word:
            return []
        if taken.setdefault((number, language), _plain(label)) != _plain(label):
            return []  # two answers of one question are not one rung
        found[label] = number
    if len(set(found.values())) < 2:
        return []
    steps = tuple(_usual(text, words) for text in LADDERS[name])
    end = f"_{'_'.join(words['en'].split())}" if words.get("en") else ""
    return [Fit(name + end, name.rsplit("_", 1)[0] + end, steps, found, len(set(found.values())) == len(rungs))]


@cache
def _compiled(name: str) -> list[list[tuple[str, re.Pattern]]]:
    rungs = []
    for text in LADDERS[name]:
        english, _, spanish = text.partition(" = ")
        wordings = [("en", one) for one in english.split(" / ")] + [("es", one) for one in spanish.split(" / ") if one]
        rungs.append([(language, re.compile(re.escape(fold(one)).replace(r"\*", r"(?P<word>\S+(?: \S+)?)"))) for language, one in wordings])
    return rungs


def _usual(rung: str, words: Mapping[str, str]) -> str:
    english, _, spanish = rung.partition(" = ")
    wordings = (spanish or english) if words and "en" not in words else english
    return wordings.split(" / ")[0].replace("*", words.get("en") or words.get("es") or "").strip()


def _plain(label: str) -> str:
    """A label without the bracket or full stop at its end."""
    return re.sub(r"\s*\([^()]*\)$", "", fold(label).replace("’", "'")).rstrip(" .")
