"""The Flesch-Kincaid grade of a text, by a syllable count of our own (Kincaid et al., 1975)."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:[’'][A-Za-z]+)?")


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e at the end, at least one."""
    word = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith(("le", "ee", "ie", "oe", "ye")) and groups > 1
    past = word.endswith("ed") and not word.endswith(("ted", "ded")) and groups > 1
    return max(1, groups - silent - past)


def grade(text: str) -> float:
    """The US school grade at which the text is understood. Numbers count as words of one syllable."""
    sentences = [part for part in re.split(r"(?<=[.?!:])\s+", text) if part.strip()]
    words = _WORD.findall(text)
    numbers = re.findall(r"\d[\d.,]*", text)
    count = len(words) + len(numbers)
    spoken = sum(map(syllables, words)) + len(numbers)
    return 0.39 * count / max(1, len(sentences)) + 11.8 * spoken / max(1, count) - 15.59
