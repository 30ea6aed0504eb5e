"""Review norms: shared agreements and whether they are lived, how people work together, who sits at the table."""
