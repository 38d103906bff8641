"""Certificates by ACME (RFC 8555), validated by dns-01."""
