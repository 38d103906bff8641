"""How much an account or a customer may send: what a limit is, for the files and for the daemon."""
