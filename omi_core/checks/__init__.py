"""Checks: what was observed, what is judged of it, and the findings that say so."""
