"""This room is for numbers of what happens: how they are counted, and how Prometheus is told."""
