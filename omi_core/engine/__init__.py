"""How anything becomes true on a host: components over pyinfra."""
