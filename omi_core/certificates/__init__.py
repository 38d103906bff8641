"""Certificates: what they must cover, what clients say to them, and when a new one is due."""
