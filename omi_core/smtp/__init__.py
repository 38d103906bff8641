"""SMTP as a client sees it: conversations byte by byte, written down without the password."""
