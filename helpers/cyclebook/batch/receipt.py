"""The receipt in lines for a person: by source what was read, kept and set aside, and the first examples of each reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.sources import Tables

EXAMPLES = 3  #: shown for each reason


def lines(tables: Tables, examples: int | None = EXAMPLES) -> Iterator[str]:
    """What was read, source by source; the examples name file, row, column and value, for the analyst's eyes only.

    examples: how many of each reason; None for all.
    """
    for source in tables.receipts.itertuples():
        yield ""
        yield f"{source.file} ({source.form}{', ' if source.wave else ''}{source.wave})"
        yield f"  read {source.read:,}, kept {source.kept:,}, set aside {source.set_aside:,}, flagged {source.flagged:,}"
        if source.dropped_columns:
            personal = f", among them {source.personal_columns}" if source.personal_columns else ""
            yield f"  not read: {source.dropped_columns} column{'' if source.dropped_columns == 1 else 's'} that no declaration names{personal}"
        problems = tables.problems[tables.problems["source"] == source.source]
        for (action, reason), group in problems.groupby(["action", "reason"], sort=False):
            shared = group["remedy"].nunique() == 1
            yield f"  {action}: {reason} ({len(group):,})." + (f" {group.iloc[0]['remedy']}" if shared else "")
            for problem in group.head(examples or len(group)).itertuples():
                column = f", column {problem.column}" if problem.column else ""
                value = f", value {problem.value!r}" if problem.value else ""
                yield f"    row {problem.row}{column}{value}" + ("" if shared else f". {problem.remedy}")
            if examples and len(group) > examples:
                yield f"    and {len(group) - examples:,} more: see them with --all"
        if source.set_aside:
            yield f"  `cyclebook run` keeps the rows set aside in data/set_aside/{source.source}.csv"
