"""Limits in the daemon: what a mail is charged with, before its sender is told that it is taken."""
