"""What may reach a relay besides its listeners, as data."""
