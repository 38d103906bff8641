"""Who issues certificates: a CA of our own, files that were bought, an ACME server."""
