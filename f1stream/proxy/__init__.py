"""This room is for the hot path: fetch from an upstream, rewrite or relay, and hand on."""
