"""Two replicas and an edge cache: what a crowd costs the origin, and what sharing costs."""
