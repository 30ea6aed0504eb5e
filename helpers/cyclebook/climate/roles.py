"""How roles and groups of staff are written in a table of statistics: names joined, a mark for persons without one."""

from cyclebook.privacy.roles import NO_ROLE as NO_ROLE

TOGETHER = " + "  #: between roles that are put together
ROLE = "role"  #: the breakdown by role
EVERYONE = "all"  #: the item of all groups together
HIDDEN = "to protect"  #: why the average of a group is not shown, whatever the reason


def of_group(breakdown: str, group: str) -> str:
    """The item of a row on one group: ``role:Teacher``."""
    return f"{breakdown}:{group}"


def group_of(item: str) -> tuple[str, str]:
    """(breakdown, group) of an item; both are texts, the breakdown without a colon."""
    breakdown, _, group = item.partition(":")
    return breakdown, group
