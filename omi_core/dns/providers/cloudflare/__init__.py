"""Zones at Cloudflare, over its API."""
