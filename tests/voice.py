"""What every sentence of a catalogue is held to: it is understood at grade 9, and no word hurts or boasts.

A test of a step says with which facts its sentences are read:

    @pytest.mark.parametrize("name", voice.sentences("norms"))
    def test_a_principal_understands_it(name):
        voice.check(name, FACTS)
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from ruamel.yaml import YAML

from cyclebook.reading import Fact, Reading, sentence
from tests.readability import grade

HARD = (
    "failing", "low-performing", "bottom five", "resistant", "disengaged", "silent staff", "not ready", "significant", "proves",
    "orphan", "abandon", "shrunken", "no difference", "do not differ", "outperform", "a real change",
)  # fmt: skip


def sentences(room: str, *others: str) -> list[str]:
    """The ids of the full sentences of ``catalogues/en/<room>.yaml``, without those named in ``others``."""
    text = (files("cyclebook") / "catalogues" / "en" / f"{room}.yaml").read_text(encoding="utf-8")
    found = YAML(typ="safe", pure=True).load(text)
    whole = {name: text if isinstance(text, str) else text["other"] for name, text in found.items()}
    return sorted(name for name, text in whole.items() if text.endswith((".", "?")) and name not in others)


def check(name: str, facts: Mapping[str, Fact]) -> None:
    """Assert that the sentence, read with these facts, is plain and kind."""
    text = sentence(Reading.of(name, **facts), "en")
    assert grade(text) <= 9, (round(grade(text), 1), text)
    assert not [word for word in HARD if word in text.lower()], text
