"""Reading one YAML file strictly: plain Python values, the line of each key, and faults told in our own words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.parameters.names import show

Key = tuple[str | int, ...]


@dataclass
class Faults:
    """What is wrong with the parameter files, gathered so that a person is told of all of it at once."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, message: str, *, line: int | None = None, key: Key = ()) -> None:
        """Note a fault: where it is (file, line from 1, path of keys) and what is wrong, with what to do about it."""
        where = [file] + ([f"line {line}"] if line else []) + ([key_path(key)] if key else [])
        text = f"{', '.join(where)}: {message}"
        if text not in self.found:
            self.found.append(text)

    def raise_any(self) -> None:
        """Raise InputError with everything found, one fault a line; do nothing when nothing was found."""
        if self.found:
            raise InputError("\n".join(self.found))


def key_path(key: Key) -> str:
    """`scales.trust.items[2]` for ("scales", "trust", "items", 1): entries of a list count from 1."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else ("." if text else "") + part
    return text


@dataclass(frozen=True)
class Document:
    """One YAML file: `file` as shown to people, `content` in plain Python types, `lines` from a path of keys to a line."""

    file: str
    content: dict
    lines: dict[Key, int]

    def line(self, key: Key) -> int | None:
        """The line of a key, or of the nearest thing that holds it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return None

    def fault(self, faults: Faults, key: Key, message: str) -> None:
        faults.add(self.file, message, line=self.line(key), key=key)


def read_yaml(folder: Path, file: str, faults: Faults) -> Document | None:
    """Read `folder`/`file` (YAML 1.2, duplicate keys refused, keys always text). None when it could not be read: see `faults`.

    An empty file is an empty mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = (folder / file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.add(file, f"byte {error.start + 1} is not UTF-8. Save the file with the encoding UTF-8.")
        return None
    try:
        node = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(file, _explain(error.problem or str(error)), line=mark.line + 1 if mark else None)
        return None
    except ValueError as error:  # what looks like a date and is none, as 2024-13-45
        faults.add(file, f"not a day of the calendar: {error}. Correct it.", line=_line_of_bad_day(text))
        return None
    except YAMLError as error:
        faults.add(file, f"not valid YAML: {str(error).splitlines()[0]}. Put text in quotation marks.")
        return None
    if node is not None and not isinstance(node, dict):
        faults.add(file, "this file holds no keys. Write `key: value` on each line.")
        return None
    lines: dict[Key, int] = {}
    before = len(faults.found)
    content = _plain(node or {}, (), lines, file, faults)
    return Document(file, content, lines) if len(faults.found) == before else None


def _explain(problem: str) -> str:
    if problem.startswith("found duplicate key"):
        return f"{problem.split(' with value')[0].removeprefix('found ')}: each key stands once. Remove one of the two."
    if "\\t" in problem:
        return "a tab. YAML is indented by spaces: replace the tab."
    if problem.startswith("mapping values"):
        return "a second colon in one line. Put text that holds a colon in quotation marks."
    return f"not valid YAML: {problem}. Look at the quotation marks, brackets and indents here and in the line above."


def _line_of_bad_day(text: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.findall(r"\b\d{4}-\d{2}-\d{2}\b", line):
            try:
                date.fromisoformat(found)
            except ValueError:
                return number
    return None


def _plain(node, key: Key, lines: dict[Key, int], file: str, faults: Faults):
    """ruamel's node as dict, list, str, int, float, bool, date or None; notes the line of every key and entry in `lines`."""
    from ruamel.yaml.comments import TaggedScalar
    from ruamel.yaml.scalarbool import ScalarBoolean

    if isinstance(node, dict):
        plain = {}
        for name, value in node.items():
            position = node.lc.data.get(name) if node.lc.data else None
            line = position[0] + 1 if position else None
            if not isinstance(name, str):
                faults.add(file, f'the key {show(name)} is not text. Quote it: "{name}"', line=line, key=key)
                continue
            if line:
                lines[(*key, str(name))] = line
            plain[str(name)] = _plain(value, (*key, str(name)), lines, file, faults)
        return plain
    if isinstance(node, list):
        for index in range(len(node)):
            if node.lc.data and index in node.lc.data:
                lines[(*key, index)] = node.lc.data[index][0] + 1
        return [_plain(value, (*key, index), lines, file, faults) for index, value in enumerate(node)]
    if isinstance(node, TaggedScalar):
        faults.add(file, f"the tag {node.tag.value} means nothing here. Remove it.", line=lines.get(key), key=key)
        return None
    if isinstance(node, (bool, ScalarBoolean)):
        return bool(node)
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    if isinstance(node, datetime):
        return datetime(node.year, node.month, node.day, node.hour, node.minute, node.second)
    return node if isinstance(node, date) or node is None else str(node)
