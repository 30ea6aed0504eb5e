"""Evidence beside surveys: what contacts, meetings, records and networks tell of a school and of the district's team."""
