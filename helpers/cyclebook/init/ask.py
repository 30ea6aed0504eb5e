"""Asking on a terminal, one question at a time. An empty answer takes what stands in brackets; `stop` leaves the rest to REVIEW.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cyclebook.init.propose import Proposal
from cyclebook.init.resolve import RANGE, Question
from cyclebook.parameters.names import id_fault

#: The order in which people are asked: what changes other questions first.
ORDER = ("district", "school", "wave", "same", "person", "steps", "range", "order", "own", "scale", "reverse", "several", "pair")
STOP = "stop"


def ask(
    proposed: Callable[[Mapping[str, object]], Proposal], answer: Callable[[str], str], say: Callable[[str], None]
) -> dict[str, object]:
    """Ask everything that a proposal asks, and that its answers bring up, and give back what was decided.

    proposed: the proposal under some answers. answer: shows a prompt and gives back what was typed. say: shows a line.
    """
    decided: dict[str, object] = {}
    say(f"Enter takes what stands in brackets; “{STOP}” leaves the rest of the questions to REVIEW.md.")
    while True:
        question = next(iter(sorted(proposed(decided).questions, key=_rank)), None)
        if question is None:
            return decided
        say("")
        say(question.ask)
        say(f"  ({question.why})")
        if question.kind in ("pick", "order", "choose"):
            for number, option in enumerate(question.options, start=1):
                say(f"  {number}. {option}")
        while True:
            typed = answer(_prompt(question)).strip()
            if typed.casefold() == STOP:
                return decided
            value = question.default if not typed else parse(question, typed)
            if typed and value is None:
                say(f"  “{typed}” is not understood. {_help(question)}")
                continue
            decided[question.id] = value
            break


def parse(question: Question, typed: str) -> object:
    """What a typed answer means for a question; None where it means nothing."""
    if question.kind == "yes_no":
        return {"y": True, "yes": True, "s": True, "sí": True, "si": True, "n": False, "no": False}.get(typed.casefold())
    if question.kind == "text":
        return typed
    if question.kind == "id":
        return typed if id_fault(typed) is None else None
    if question.kind == "range":
        found = RANGE.fullmatch(typed)
        return typed if found and int(found[1]) < int(found[2]) else None
    numbers = [int(text) - 1 for text in re.findall(r"\d+", typed)]
    if not re.fullmatch(r"[\d\s,;<>]+", typed) or any(not 0 <= number < len(question.options) for number in numbers):
        return None
    if question.kind == "pick":
        return numbers[0] if len(numbers) == 1 else None
    if len(set(numbers)) != len(numbers) or (question.kind == "order" and len(numbers) != len(question.options)):
        return None
    return tuple(numbers)


def _rank(question: Question) -> int:
    return ORDER.index(question.id.split(":")[0])


def _prompt(question: Question) -> str:
    if question.kind == "yes_no":
        return f"  [{'Y/n' if question.default else 'y/N'}] "
    if question.kind == "pick":
        return f"  [{question.default + 1 if isinstance(question.default, int) else 'leave out'}] "
    if question.kind == "order":
        return "  from the lowest to the highest, as in 2 1 3 [leave out] "
    if question.kind == "choose":
        return "  [none] "
    return f"  [{question.default or 'leave out'}] "


def _help(question: Question) -> str:
    if question.kind == "yes_no":
        return "Write y or n."
    if question.kind == "id":
        return "Write letters, digits and hyphens, without blanks."
    if question.kind == "range":
        return "Write the lowest and the highest number, as in 1-5."
    if question.kind == "order":
        return f"Write all the numbers from 1 to {len(question.options)}, each once, the lowest answer first."
    return f"Write {'numbers' if question.kind == 'choose' else 'a number'} from 1 to {len(question.options)}."
