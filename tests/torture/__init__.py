"""What takes too long for a test: `python -m tests.torture`, bounded and on loopback only."""
