"""DNS services that zones are published at: one folder each, and one line in the factory."""
