"""Who stands behind a number, and whether it may be shown: respondent sets, the primary rule, the door to a page."""

from cyclebook.privacy.protect import (
    NOTHING, RULES, Cell, PrivacyError, Protected, check_ledger, complete, from_bundle, protect, records, sizes,
)  # fmt: skip
from cyclebook.privacy.sets import RespondentSet

__all__ = [
    "NOTHING", "RULES", "Cell", "PrivacyError", "Protected", "RespondentSet", "check_ledger", "complete", "from_bundle", "protect",
    "records", "sizes",
]  # fmt: skip
