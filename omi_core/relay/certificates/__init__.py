"""A relay's certificates: keys made on the host, renewed one relay at a time."""
