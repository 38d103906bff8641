"""What keeps a relay's software free of known faults: security updates, and what they restart."""
