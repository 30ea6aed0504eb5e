"""While a survey is in the field: how many have answered in each school, never what, and what to send."""
