"""Asking authoritative servers directly, with asyncio: from the root's delegation to an answer."""
