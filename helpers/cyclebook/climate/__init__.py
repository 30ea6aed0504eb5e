"""Climate: scores, response, pooled means; the calculations of the first notebook."""
