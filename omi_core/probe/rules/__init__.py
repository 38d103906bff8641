"""Judges of what was seen of a cell, a room of findings each, with their texts beside them."""
