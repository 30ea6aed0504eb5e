"""From an executed notebook to a page that a principal can read: `html` (one report), `site` (the index)."""

from cyclebook.errors import CyclebookError


class ReportError(CyclebookError):
    """This page must not be published as it stands; the text says which part and what to do, never a value."""
