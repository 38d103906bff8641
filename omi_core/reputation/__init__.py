"""What the world thinks of the relays' addresses: block lists, reverse names, EHLO names, SPF."""
