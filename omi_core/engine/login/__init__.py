"""Which login a relay is deployed by, and how that becomes root there."""
