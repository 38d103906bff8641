"""Copies of what no deploy can make again: DKIM keys and the keys of whoever certifies."""
