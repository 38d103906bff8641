"""A deploy that a verb of `omi` runs."""
