"""The verifier under measurement: whether its verdicts are right, their time, what they leave."""
