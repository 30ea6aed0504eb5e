"""The receipt in lines for a person: by source what was read, kept and set aside, and the first examples of each reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.sources import Tables

EXAMPLES = 3  #: shown for each reason


def lines(tables: Tables) -> Iterator[str]:
    """What was read, source by source; the examples name file, row, column and value, for the analyst's eyes only."""
    for source in tables.receipts.itertuples():
        yield ""
        yield f"{source.file} ({source.form}, {source.wave or 'waves by column'})"
        yield f"  read {source.read:,}, kept {source.kept:,}, set aside {source.set_aside:,}, flagged {source.flagged:,}"
        if source.dropped_columns:
            personal = f", among them {source.personal_columns}" if source.personal_columns else ""
            yield f"  not read: {source.dropped_columns} columns that are not declared{personal}"
        problems = tables.problems[tables.problems["source"] == source.source]
        for (action, reason), group in problems.groupby(["action", "reason"], sort=False):
            yield f"  {action}: {reason} ({len(group):,}). {group.iloc[0]['remedy']}"
            for problem in group.head(EXAMPLES).itertuples():
                column = f", column {problem.column}" if problem.column else ""
                value = f", value {problem.value!r}" if problem.value else ""
                yield f"    row {problem.row}{column}{value}"
            if len(group) > EXAMPLES:
                yield f"    and {len(group) - EXAMPLES:,} more"
