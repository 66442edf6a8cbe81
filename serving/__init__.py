"""Recommendations over HTTP: risks, what is due and when, why, and who was like this."""
