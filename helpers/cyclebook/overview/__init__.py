"""05 District overview: all schools at a glance without ranks, the cycles and goals of the district, the cabinet's page."""
