"""Plan cycles: goals that can be met and seen, what is asked of people, a rule fixed beforehand, the dates that follow."""
