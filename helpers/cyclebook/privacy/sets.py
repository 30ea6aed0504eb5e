"""Respondent sets: the persons behind a number, named by canonical text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

RESERVED = frozenset("%;=|")
#: The base of those who were scored on every scale of a survey at their school (the key ``answered``).
EVERY_SCALE = "every_scale"


@dataclass(frozen=True, order=True)
class RespondentSet:
    """The unit of protection: published for every statistic or for none.

    ``pairs`` holds (key, values) in the order of the keys; several values are a union.
    A set without ``school_id`` is the district's; ``answered`` names the base where it is not
    everyone who answered (``answered=trust``: who was scored on trust).
    """

    pairs: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, /, **keys: str | Iterable[str]) -> RespondentSet:
        """The set with these keys, each value a text or several texts (a union).

        Raises ValueError for an empty union and TypeError for a value that is not text.
        """
        pairs = []
        for key in sorted(keys):
            values = (keys[key],) if isinstance(keys[key], str) else tuple(sorted(set(keys[key])))
            if not values:
                raise ValueError(f"respondent set: no value for {key!r}")
            if not all(isinstance(value, str) for value in values):
                raise TypeError(f"respondent set: {key!r} needs text, got {values!r}")
            pairs.append((key, values))
        return cls(tuple(pairs))

    @classmethod
    def parse(cls, text: str) -> RespondentSet:
        """The set that ``str()`` wrote as ``text``."""
        keys = {}
        for pair in text.split("; "):
            key, _, values = pair.partition("=")
            keys[unquote(key)] = [unquote(value) for value in values.split("|")]
        return cls.of(**keys)

    def __str__(self) -> str:
        return "; ".join(f"{_encode(key)}={'|'.join(map(_encode, values))}" for key, values in self.pairs)


def _encode(text: str) -> str:
    return "".join(
        "".join(f"%{byte:02X}" for byte in char.encode()) if char in RESERVED or not char.isprintable() else char
        for char in text
    )
