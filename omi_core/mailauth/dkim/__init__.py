"""DKIM (RFC 6376, RFC 8463): key records, selectors, rotation."""
