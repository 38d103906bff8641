"""Conversations with one name server: the only rooms of `dns` that import dnspython."""
