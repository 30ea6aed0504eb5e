"""The two kinds of failure that the program explains to a person."""


class CyclebookError(Exception):
    """Anything that we understood and can explain; its text never holds a respondent's answer."""


class InputError(CyclebookError):
    """The input or the call is wrong: file, row, column, value and remedy are in the text."""
