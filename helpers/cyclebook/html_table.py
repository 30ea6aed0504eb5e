"""Captioned HTML tables with scoped headers; imported by every notebook, so it loads nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

#: A table of more columns, or with longer rows, is shown as one card for each row on a narrow screen.
NARROW_COLUMNS = 3
NARROW_CHARACTERS = 36

# "3.9", "−0.1", "1,024", "37 %", "3.7 to 4.1", "38 of 52", "12 (34 %)"
_NUMBER = re.compile(r"[-−–+±<>≤≥]?\s?\d[\d.,]*(\s?%|\s(to|of|–)\s.*|\s\(.*\))?")


def table(
    frame: pandas.DataFrame,
    caption: str,
    units: Mapping[str, str] | None = None,
    row_header: str | None = None,
    align: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[object], str]] | None = None,
    suppressed: Collection[str] = (),
) -> str:
    """HTML of ``frame``, one row for each of its rows, in the order of its columns; its index is not shown.

    caption     what the table holds and from whom, as text.
    units       unit by column name, shown in the header: ``{"Mean": "1 to 5"}``.
    row_header  the column that names the rows; it is put first. Default: the first column.
    align       ``"number"`` or ``"text"`` by column name. Default: a column whose figures all read as numbers is a
                number column, words such as "not shown" between them notwithstanding.
    formats     from a value to its text, by column name. A column without one must hold text or whole numbers.
    suppressed  the texts that stand where a number is not shown; they are set back.

    Everything is escaped. Raises ValueError for a table that cannot be read aloud: no row, no caption, an empty or
    doubled column name, an empty row header, a missing value (say in words why it is missing), a number without format.
    """
    columns = [str(column) for column in frame.columns]
    units, align, formats = dict(units or {}), dict(align or {}), dict(formats or {})
    _check(frame, caption, columns, {**units, **align, **formats}, row_header)
    if any(kind not in ("number", "text") for kind in align.values()):
        raise ValueError(f"align is 'number' or 'text', not {sorted(set(align.values()))}")

    texts = {name: _texts(frame.iloc[:, place], name, formats.get(name)) for place, name in enumerate(columns)}
    first = columns[0] if row_header is None else row_header
    others = [name for name in columns if name != first]
    if not all(text.strip() for text in texts[first]):
        raise ValueError(f"the column {first!r} names the rows, and one of its cells is empty")
    numbers = {name for name in others if align.get(name, _kind(texts[name])) == "number"}
    if align.get(first) == "number":
        numbers.add(first)

    head = "".join(_head(name, units.get(name), name in numbers) for name in [first, *others])
    rows = "".join(
        "<tr>"
        + f'<th scope="row"{_class(first in numbers)}>{_shown(texts[first][row])}</th>'
        + "".join(_cell(name, units.get(name), texts[name][row], name in numbers, suppressed) for name in others)
        + "</tr>\n"
        for row in range(len(frame))
    )
    longest = sum(max(map(len, [*texts[name], *name.split()])) for name in columns)
    wide = ' class="wide"' if len(columns) > NARROW_COLUMNS or longest > NARROW_CHARACTERS else ""
    return (
        f"<table{wide}>\n<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"
    )


def _check(frame, caption: str, columns: list[str], named: Mapping[str, object], row_header: str | None) -> None:
    if not caption.strip():
        raise ValueError("a table needs a caption: what it holds, and from whom")
    if not columns or not len(frame):
        raise ValueError(f"the table {caption!r} has no rows: say so in a sentence instead")
    if len(set(columns)) < len(columns) or not all(name.strip() for name in columns):
        raise ValueError(f"the table {caption!r} has an empty or a doubled column name: {columns}")
    unknown = sorted({*named, *([] if row_header is None else [row_header])} - set(columns))
    if unknown:
        raise ValueError(f"the table {caption!r} has no column {unknown}; it has {columns}")


def _texts(values: pandas.Series, name: str, form: Callable[[object], str] | None) -> list[str]:
    if values.isna().any():
        raise ValueError(f"the column {name!r} has a missing value: say in words why there is no number")
    if form is not None:
        return [form(value) for value in values]
    texts = values.tolist()
    for value in texts:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError(f"the column {name!r} holds a {type(value).__name__}: give a format for it")
    return [str(value) for value in texts]


def _kind(texts: list[str]) -> str:
    """Number, if there are figures and every cell that begins with one reads as a number."""
    figures = [text for text in texts if text[:2].strip("-−–+±<>≤≥ ")[:1].isdigit()]
    return "number" if figures and all(_NUMBER.fullmatch(text) for text in figures) else "text"


def _shown(text: str) -> str:
    """Escaped; the names of files and settings may break after a slash or an underscore."""
    return re.sub(r"(?<=\w[/_])(?=\w)", "<wbr>", escape(text))


def _class(number: bool) -> str:
    return ' class="number"' if number else ""


def _head(name: str, unit: str | None, number: bool) -> str:
    shown = f' <span class="unit">({escape(unit)})</span>' if unit else ""
    return f'<th scope="col"{_class(number)}>{escape(name)}{shown}</th>'


def _cell(name: str, unit: str | None, text: str, number: bool, suppressed: Collection[str]) -> str:
    label = f"{name} ({unit})" if unit else name
    shown = f'<span class="suppressed">{_shown(text)}</span>' if text in suppressed else _shown(text)
    return f'<td data-label="{escape(label)}"{_class(number)}>{shown}</td>'
