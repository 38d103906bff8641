"""`omi cert`."""
