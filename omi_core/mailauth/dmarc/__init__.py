"""DMARC (RFC 7489): policy records, discovery, merge."""
