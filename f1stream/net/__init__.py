"""This room is for reaching upstream hosts: one session, one guard, one place where errors turn."""
