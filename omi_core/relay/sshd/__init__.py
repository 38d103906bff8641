"""How the operator logs in: by a key alone, where the inventory says so."""
