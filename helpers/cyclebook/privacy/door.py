"""The one door to a page: what is shown passes here, from protected tables only, and is recorded as it passes.

Each part is one output of the notebook: what people see, a plain-text form that tests compare, and, unseen by
readers, the ledger of the numbers published with it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from cyclebook import chart_style, notes
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase, sentences

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cyclebook.store import Bundle

LEDGER = "application/vnd.cyclebook.published.v1+json"
#: A file that is published beside the page: {"name": …, "text": …}. It passes the door like everything that is shown.
FILE = "application/vnd.cyclebook.file.v1+json"


def readings(
    bundle: Bundle, anchor: str, said: Sequence[Reading | Sequence[Reading]], *, of: Protected, kind: str = "reading"
) -> None:
    """Show sentences about a protected table, each its own paragraph, or several in one where they are grouped.

    kind: ``reading``, ``summary`` (a numbered list), ``caution`` or ``missing``.
    """
    _accept(of)
    if not said:
        return
    groups = [[part] if isinstance(part, Reading) else part for part in said]
    lines = [" ".join(sentences(group, bundle.language)) for group in groups]
    if kind == "summary":
        body = "<ol>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ol>"
    else:
        body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    _display(f'<div class="{kind}">{body}</div>', "\n".join(lines), of.ledger(bundle.page, anchor))


def table(
    bundle: Bundle, anchor: str, frame: pd.DataFrame, caption: str, *, of: Protected, folded: bool = False,
    paper: bool = True,
) -> None:  # fmt: skip
    """Show a table whose cells are texts made from a protected table; folded: closed until opened; paper: printed, too."""
    _accept(of)
    summary = phrase("as_a_table", bundle.language, caption=caption) if folded else ""
    _table(frame, caption, summary, of.ledger(bundle.page, anchor), paper)


def figure(
    bundle: Bundle, anchor: str, draw: Callable[..., Figure], said: Sequence[Reading], *facts: object, of: Protected
) -> None:
    """Draw a protected table (and declared facts) and show it; its alternative text is the readings in words."""
    from IPython.display import display

    _accept(of)
    alt = " ".join(sentences(said, bundle.language))
    with chart_style.style():
        image = base64.b64encode(chart_style.png(draw(of, *facts))).decode("ascii")
    data = {"image/png": image, "text/plain": alt, LEDGER: of.ledger(bundle.page, anchor)}
    display(data, raw=True, metadata={"image/png": {"alt": alt}})


def people(bundle: Bundle, anchor: str, *, of: Protected, declared: Sequence[object] = ()) -> None:
    """Show the mark of the evidence and, under it, what people wrote about it; notes on other numbers say so.

    declared: plain values that people decided and that are shown there, such as a plan's target; a note is marked as
    written for earlier numbers when they change, too.
    """
    _accept(of)
    bundle.placed.add(anchor)
    mark = evidence_mark(bundle, of, declared)
    parts, plain = [], []
    for note in (note for note in bundle.notes if note.anchor == anchor):
        fits = note.fits(mark)
        label = phrase("note" if fits else "note_stale", bundle.language, mark=note.mark)
        parts.append(f'<aside class="note{"" if fits else " stale"}"><p class="mark">{escape(label)}</p>{notes.to_html(note)}</aside>')
        plain.append(f"{label}: {note.text}")
    label = phrase("mark", bundle.language, mark=f"{anchor} [{mark or '-'}]")
    parts.append(f'<p class="mark">{escape(label)}</p>')
    _display("".join(parts), "\n".join([*plain, label]), [])


def unplaced(bundle: Bundle) -> None:
    """Show the notes that no ``people`` call before this one has placed: their evidence is not on this page."""
    lost = [note for note in bundle.notes if note.anchor not in bundle.placed]
    if not lost:
        return
    parts, plain = [], []
    for note in lost:
        label = phrase("note_unplaced", bundle.language, anchor=note.anchor or phrase("no_heading", bundle.language))
        parts.append(f'<aside class="note stale"><p class="mark">{escape(label)}</p>{notes.to_html(note)}</aside>')
        plain.append(f"{label} {note.text}")
    _display("".join(parts), "\n".join(plain), [])


def constants(frame: pd.DataFrame, caption: str, folded: bool = True) -> None:
    """Show a table of declared constants (names, dates, settings, what a plan says): nothing that respondents answered.

    folded: closed until opened, with the caption to open it by.
    """
    _table(frame, caption, caption if folded else "", [])


def heading(text: str) -> None:
    """Show a heading within a section: the name of one of several measures or cycles."""
    _display(f"<h3>{escape(text)}</h3>", text, [])


def worksheet(bundle: Bundle, prompts: Sequence[tuple[str, int]]) -> None:
    """Show prompts with so many blank lines under each, to be written on by hand; the lines themselves appear on paper."""
    lines = '<p class="line"></p>'
    body = "".join(f"<li><p>{escape(text)}</p>{lines * count}</li>" for text, count in prompts)
    plain = "\n".join(f"{text} [{count}]" for text, count in prompts)
    _display(f'<div class="worksheet"><ol>{body}</ol></div>', plain, [])


def attach(bundle: Bundle, suffix: str, text: str, label: str, *, of: Protected) -> None:
    """Publish a text as the file ``<step>.<suffix>`` beside the page, with a link to it; ``of``: whose numbers are in it."""
    from IPython.display import display

    _accept(of)
    name = f"{bundle.step}.{suffix}"
    link = f'<p><a href="{escape(name)}">{escape(label)}</a></p>'
    file = {"name": name, "text": text}
    display({"text/html": link, "text/plain": f"{label}\n{text}", FILE: file, LEDGER: of.ledger(bundle.page, suffix)}, raw=True)


def evidence_mark(bundle: Bundle, shown: Protected, declared: Sequence[object] = ()) -> str:
    """The mark of the school's own numbers in a table, and of what is declared: no district value, no pooled value, no label."""
    own = shown.rows(other_set="")
    if not bundle.is_district:
        own = own.rows(school_id=bundle.unit)
    numbers = [
        (f"{row.wave}.{row.scale}.{row.item}.{row.statistic}", *((None, None) if row.why else (row.value, row.n)))
        for row in own.frame.itertuples()
    ]
    return notes.mark([*numbers, *(("declared", str(place), str(value)) for place, value in enumerate(declared))])


def _accept(of: Protected) -> None:
    if not isinstance(of, Protected):
        raise TypeError(f"only a protected table passes the door, not {type(of).__name__}")


def _table(frame: pd.DataFrame, caption: str, summary: str, ledger: list[dict], paper: bool = True) -> None:
    """summary: what stands for the table until it is opened; empty where it stands open."""
    from cyclebook.html_table import table as to_html

    html = to_html(frame, caption)
    if summary:
        html = f"<details><summary>{escape(summary)}</summary>{html}</details>"
    if not paper:
        html = f'<div class="screen">{html}</div>'
    _display(html, caption + "\n" + frame.to_string(index=False), ledger)


def _display(html: str, plain: str, ledger: list[dict]) -> None:
    from IPython.display import display

    display({"text/html": html, "text/plain": plain, LEDGER: ledger}, raw=True)
