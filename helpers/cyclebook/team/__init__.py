"""The district team's own page, internal: how its contacts are answered, its ties with school leaders, and whom it serves."""
