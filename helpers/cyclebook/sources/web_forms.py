"""Tables with one or two header rows: plain ones, SurveyMonkey's and Google Forms'. What they are must fit what was declared."""

from __future__ import annotations

from cyclebook.errors import InputError
from cyclebook.sources.grid import GridFile
from cyclebook.sources.layout import GOOGLE_FORMS, PLAIN, QUALTRICS, SURE, SURVEYMONKEY, Layout, layout

EXPECTED = {
    "surveymonkey": "two header rows: questions, and their answers or `Response` under them",
    "google_forms": 'one header row that begins with "Timestamp"',
    "csv": "one header row",
    "tsv": "one header row",
    "excel": "one header row",
}


class PlainFile(GridFile):
    """A plain table. Refused where it is a survey tool's export with more header rows than were declared."""

    def header_rows(self) -> int:
        found = layout(self.head)
        if self.source.header_rows is None and found.sure == SURE and found.form in (QUALTRICS, SURVEYMONKEY):
            raise InputError(mismatch(self, found, f"Write form: {found.form}."))
        return super().header_rows()


class SurveyMonkeyFile(GridFile):
    """An export of all responses, in its two-row form. A column is `Question`, or `Question [answer]` in a block."""

    def header_rows(self) -> int:
        found = layout(self.head)
        if found.form != SURVEYMONKEY:
            raise InputError(mismatch(self, found, "Correct form, or export all individual responses again, with expanded columns."))
        return found.header_rows


class GoogleFormsFile(GridFile):
    """The sheet of a form's answers. Grids are one column a row, `Question [row]`."""

    def header_rows(self) -> int:
        found = layout(self.head)
        if found.form != GOOGLE_FORMS:
            remedy = "Correct form (csv, if the sheet was edited), or export the sheet of the form's answers again."
            raise InputError(mismatch(self, found, remedy))
        return found.header_rows


def mismatch(file: GridFile, found: Layout, remedy: str) -> str:
    """Both sides of a disagreement: what was declared, and what the first rows show."""
    form = file.source.form
    looks = "a plain table" if found.form == PLAIN else f"a {found.form} export"
    return (
        f"{file._where}: declared as form: {form} ({EXPECTED[form]}), but it looks like {looks} with {found.header_rows} header "
        f"row{'' if found.header_rows == 1 else 's'}: {'; '.join(found.evidence)}. {remedy}"
    )
