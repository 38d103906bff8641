"""The only package that imports pyinfra: settings become components, components become true."""
