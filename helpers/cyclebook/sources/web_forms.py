"""Tables with one or two header rows: plain ones, SurveyMonkey's and Google Forms'. What they are must fit what was declared."""

from __future__ import annotations

from cyclebook.errors import InputError
from cyclebook.parameters import fold
from cyclebook.sources.columns import Column
from cyclebook.sources.grid import GridFile
from cyclebook.sources.layout import GOOGLE_FORMS, PLAIN, QUALTRICS, SURE, SURVEYMONKEY, Layout, layout

#: The columns that SurveyMonkey adds, without blanks and case, and what we use them for.
OWN = {"respondentid": "response_id", "startdate": "started", "enddate": "ended"}
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

    def own_columns(self) -> dict[str, Column]:
        """SurveyMonkey's number of the response, and when it was begun and ended."""
        by_name = {"".join(fold(column.name).split()): column for column in self.columns}
        found = {use: by_name[name] for name, use in OWN.items() if name in by_name}
        if not {"started", "ended"} <= found.keys():
            found = {use: column for use, column in found.items() if use == "response_id"}
        return found


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
