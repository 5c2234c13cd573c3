"""This room is for what belongs together: the id of a request, and the spans of a trace."""
