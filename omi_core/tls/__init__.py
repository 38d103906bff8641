"""Names, keys and chains: what a certificate must cover, and who issues it."""
