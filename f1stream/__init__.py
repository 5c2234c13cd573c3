"""A self-hosted Formula 1 weekend in a browser: finds, proves and proxies live HLS streams."""
