"""Names and fixed numbers that calculations, sentences and sections of this room share; nothing is computed here."""

CONTACTS, REASONS, TIES, SERVICE, PRACTICES = "contacts", "reasons", "ties", "service", "practices"
KINDS = ("email", "call", "text", "visit")
WHOM = ("principal", "sel_lead", "other")
#: Days before the page's day of which the page speaks.
YEAR = 365
#: Days on the curve of answers, and the two that sentences name.
DRAWN = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30)
WEEK, MONTH = 7, 30
#: Contacts of a kind: of fewer nothing is told. Days after a contact in which taking part counts.
FEWEST, AFTER = 20, 60
#: An association or a spread less likely than this by chance alone is called one; where several are looked at, it is shared out among them.
CHANCE = 0.05
PARTICIPATION, UPTAKE = "participation", "uptake"
#: How many close ties a member holds: the ends of the classes that are counted; None: no end.
CLASSES = ((0, 0), (1, 3), (4, 7), (8, None))
#: Groups of schools whose service is looked at, as rows name them.
SIZES = ("small", "middle", "large")
BELOW, UNHEARD, OTHERS = "below", "unheard", "others"
SERVED = (*(f"size={size}" for size in SIZES), *(f"need={need}" for need in (BELOW, UNHEARD, OTHERS)))


def class_id(low: int, high: int | None) -> str:
    """Such as ``1-3``; ``8-`` without an upper end."""
    return f"{low}-{'' if high is None else high}"
