"""How the roles of a part of the staff are written in a table of statistics: names joined, a mark for persons without one."""

NO_ROLE = "-"  #: the role of persons for whom the roster gives none
TOGETHER = " + "  #: between roles that are put together
