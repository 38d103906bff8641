"""Customers: what their files say, and what that comes to."""
