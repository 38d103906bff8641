"""A relay taken out of service, while it still is in the inventory."""
