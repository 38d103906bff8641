"""Zones on a name server of one's own, by dynamic update."""
