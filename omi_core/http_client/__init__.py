"""Requests over HTTP whose answers are bounded in time, size, depth and count."""
