"""Secrets that an inventory takes from elsewhere: a store, an encrypted file, a program."""
