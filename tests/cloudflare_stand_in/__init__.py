"""A stand-in for Cloudflare's DNS API: what its documentation and recorded traffic say it does."""
