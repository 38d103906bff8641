"""A customer's domain: what he enters into DNS, and whether it is right at every server."""
