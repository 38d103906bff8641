"""Keys from the relays into a backup, and back."""
