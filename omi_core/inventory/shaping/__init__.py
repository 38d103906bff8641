"""How much a relay sends to large receivers at a time, as data."""
