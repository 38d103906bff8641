"""What an rspamd is here."""
