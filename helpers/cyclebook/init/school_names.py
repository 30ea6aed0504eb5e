"""Schools from the values of one column: ids, names, and which spellings look like one school. Nothing is merged unasked."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cyclebook.parameters import fold
from cyclebook.parameters.names import id_fault

#: Words that say of a name that it is a school's, and of which level.
LEVELS = {
    "elementary": "elementary", "elem": "elementary", "el": "elementary", "es": "elementary", "primary": "elementary", "primaria": "elementary",
    "middle": "middle", "ms": "middle", "intermediate": "middle", "junior": "middle", "jr": "middle", "secundaria": "middle",
    "high": "high", "hs": "high", "senior": "high", "preparatoria": "high",
}  # fmt: skip
WORDS = frozenset("school schools sch academy charter magnet the of at escuela colegio plantel".split())
#: So alike must two names be for a slip of the pen, from 0 to 1.
ALIKE = 0.85


@dataclass(frozen=True)
class Found:
    """A school as it stands in the exports. `count`: responses, under all its names."""

    school_id: str
    name: str
    level: str
    aliases: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Same:
    """Spellings (as written, most words first) that look like one school, how often each stands, and by what evidence."""

    spellings: tuple[str, ...]
    counts: tuple[int, ...]
    why: str


def looks_like_school(text: str) -> bool:
    """Whether a value reads like the name of a school."""
    words = _words(text)
    return any(word in LEVELS and word not in ("el", "es", "high", "senior", "junior") for word in words) or bool(set(words) & WORDS - {"the", "of", "at"})


def schools(spellings: Mapping[str, int], merged: Collection[Same] = ()) -> list[Found]:
    """A school for each spelling (as written, how many responses), but for those that a person has said are one."""
    into = {fold(text): same.spellings[0] for same in merged for text in same.spellings[1:] if "|" not in text}
    counts: dict[str, int] = {}
    aliases: dict[str, list[str]] = {}
    for text, count in spellings.items():
        first = into.get(fold(text), text)
        counts[first] = counts.get(first, 0) + count
        if first != text:
            aliases.setdefault(first, []).append(text)
    taken = set(map(fold, spellings))
    found = []
    coded = sum(map(is_code, counts)) > 0.5 * len(counts)
    for text in sorted(counts, key=lambda text: (not is_code(text), fold(text))):
        code = is_code(text)
        school_id = text if code else _free(_slug(text), taken - {fold(text)}, 36)
        name = _free(f"School {text}", taken, 200, " ") if code and text.isalnum() else _free(f"{text}", taken - {fold(text)}, 200, " ")
        taken |= {fold(school_id), fold(name)}
        level = next((LEVELS[word] for word in _words(text) if word in LEVELS), "") if not code and not coded else _level(text)
        found.append(Found(school_id, name, level, tuple(aliases.get(text, ())), counts[text]))
    return found


def same_schools(spellings: Mapping[str, int]) -> list[Same]:
    """Groups of spellings that look like one school, to be asked about: the same words once `school` and the level are left out,
    or a slip of the pen. Names with different numbers or of different levels are never put together.
    """
    groups: list[list[str]] = []
    whys: list[str] = []
    names = sorted((text for text in spellings if not is_code(text)), key=lambda text: (-len(text), fold(text)))
    for text in names:
        for place, group in enumerate(groups):
            why = next((why for other in group if (why := _alike(text, other))), None)
            if why and len({level for one in (*group, text) if (level := _level(one))}) <= 1:
                group.append(text)
                whys[place] = whys[place] or why
                break
        else:
            groups.append([text])
            whys.append("")
    return [
        Same(tuple(group), tuple(spellings[text] for text in group), why)
        for group, why in zip(groups, whys, strict=True) if len(group) > 1
    ]  # fmt: skip


def two_levels(spellings: Mapping[str, int]) -> list[tuple[str, tuple[str, ...]]]:
    """Short names that could be either of two schools of different levels: (short name, the schools)."""
    found = []
    for text in spellings:
        if _level(text) or is_code(text):
            continue
        others = tuple(other for other in spellings if other != text and _level(other) and _core(other) == _core(text))
        if len({_level(other) for other in others}) > 1:
            found.append((text, others))
    return found


def _alike(one: str, other: str) -> str | None:
    """Why two names look like one school; None where they do not."""
    first, second = _core(one), _core(other)
    if not first or not second or re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return None
    if _level(one) and _level(other) and _level(one) != _level(other):
        return None
    if first == second:
        return f"the same words ({' '.join(first)}) once words such as Elementary and School are left out"
    a, b = " ".join(first), " ".join(second)
    if min(len(a), len(b)) >= 5 and difflib.SequenceMatcher(None, a, b).ratio() >= ALIKE:
        return "they differ in a letter or two"
    if a.replace(" ", "") == b.replace(" ", ""):
        return "they differ in blanks only"
    return None


def _core(text: str) -> tuple[str, ...]:
    return tuple(word for word in _words(text) if word not in LEVELS and word not in WORDS)


def _level(text: str) -> str:
    return next((LEVELS[word] for word in _words(text) if word in LEVELS), "")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"['’.]", "", fold(text)))


def is_code(text: str) -> bool:
    """Whether a value is a school's number rather than its name."""
    return bool(re.fullmatch(r"[A-Za-z0-9._-]{1,16}", text)) and any(map(str.isdigit, text)) and id_fault(text) is None


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:36].strip("-")
    return slug if slug and id_fault(slug) is None else f"school-{slug}"[:36].strip("-")


def _free(text: str, taken: Collection[str], longest: int, between: str = "-") -> str:
    """The text, with a number behind it where it is taken."""
    text = text[:longest].strip()
    tries = (text, *(f"{text}{between}{number}" for number in range(2, 10_000)))
    return next(one for one in tries if fold(one) not in taken)
