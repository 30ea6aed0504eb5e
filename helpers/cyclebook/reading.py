"""Readings: a template's id and the facts that it states, turned into a sentence last.

The catalogue of a language (``catalogues/<language>/``, a file for each step) maps each id to a template, or to one
template for each plural form of the fact named in ``by``. A second language is a second folder and no other change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from importlib.resources import files

from cyclebook.errors import InputError


@dataclass(frozen=True)
class Bounded:
    """A number that stands for itself and all beyond it on one side: "4.5 or more", "at most 1" (the phrase's id in ``words``).

    It has no order and no arithmetic, so that no claim is decided on it as if it were exact.
    """

    value: int | Decimal
    words: str


Fact = str | int | Decimal | date | Bounded | tuple[str, ...]

_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Reading:
    """What is said: the template's id and its facts, as (name, value) pairs in the order given."""

    template: str
    facts: tuple[tuple[str, Fact], ...]

    @classmethod
    def of(cls, template: str, **facts: Fact) -> Reading:
        return cls(template, tuple(facts.items()))

    def __getitem__(self, name: str) -> Fact:
        return dict(self.facts)[name]


def shown(value: float, decimals: int) -> Decimal:
    """The number as it is printed: rounded half to even, never a minus sign before zero."""
    number = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return abs(number) if number == 0 else number


@lru_cache
def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    """The templates of a language by id. Raises InputError when there is no such catalogue, KeyError for an id given twice."""
    folder = files("cyclebook") / "catalogues"
    known = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if language not in known:
        raise InputError(f"language: no catalogue for {language!r}; there is {', '.join(known)}")
    from ruamel.yaml import YAML

    found: dict[str, str | dict[str, str]] = {}
    for path in sorted((path for path in (folder / language).iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name):
        templates = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        twice = sorted(found.keys() & templates.keys())
        if twice:
            raise KeyError(f"catalogues/{language}/{path.name}: {', '.join(twice)} stand in another file too")
        found |= templates
    return found


def sentence(reading: Reading, language: str) -> str:
    """The reading in words. Raises KeyError for an unknown template or a fact that the template wants and lacks."""
    template = catalogue(language)[reading.template]
    facts = dict(reading.facts)
    if not isinstance(template, str):
        from babel import Locale

        by = facts[template["by"]]
        # a form for one alone may leave the number out, and with it what stands beside it
        form = "other" if isinstance(by, Bounded) else Locale.parse(language).plural_form(by)
        template = template[form] if form in template else template["other"]
    text = _FIELD.sub(lambda field: _format(facts[field[1]], language), template)
    return text[:1].upper() + text[1:]


def sentences(readings: Iterable[Reading], language: str) -> list[str]:
    """Each reading in words, in order."""
    return [sentence(reading, language) for reading in readings]


def phrase(template: str, language: str, **facts: Fact) -> str:
    """A fixed phrase of the page (heading, column name, label) in words; its first letter as in the catalogue."""
    text = catalogue(language)[template]
    return _FIELD.sub(lambda field: _format(facts[field[1]], language), text)


def number(value: int | Decimal, language: str) -> str:
    """A number as the language writes it, with the digits that it carries."""
    from babel.numbers import format_decimal

    places = -value.as_tuple().exponent if isinstance(value, Decimal) else 0
    pattern = "#,##0" + ("." + "0" * places if places > 0 else "")
    return format_decimal(value, pattern, locale=language).replace("-", "\N{MINUS SIGN}")


def _format(value: Fact, language: str) -> str:
    if isinstance(value, bool) or isinstance(value, float):
        raise TypeError(f"a fact is text, a whole number, a Decimal, a date or texts, not {value!r}")
    if isinstance(value, str):
        return value
    if isinstance(value, (int, Decimal)):
        return number(value, language)
    if isinstance(value, Bounded):
        return phrase(value.words, language, value=value.value)
    if isinstance(value, date):
        from babel.dates import format_date

        return format_date(value, "long", locale=language)
    from babel.lists import format_list

    return format_list(list(value), locale=language)
