"""Whether what is locked has known vulnerabilities: `python -m tests.audit`, or `make audit`."""
