"""What a Dovecot is here."""
