"""The DKIM keys of the relays: made on one, carried to the others, rotated."""
