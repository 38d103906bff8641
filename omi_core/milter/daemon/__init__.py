"""The daemon itself: workers at a socket, who speak the milter protocol with Postfix."""
