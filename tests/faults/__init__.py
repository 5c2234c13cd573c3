"""What goes wrong outside, each in a table with what has to come of it: see docs/reliability.md."""
