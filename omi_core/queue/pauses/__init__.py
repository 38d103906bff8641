"""Receivers that are left alone for a while: those that put a relay off, or had their day's share.

Runs on the relay with the queue's timer, on the standard library and Postfix's own tools. No mail
waits for it: it writes a table, and where it does not run nothing new is paused. Decision 50.
"""
