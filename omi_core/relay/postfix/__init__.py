"""What a Postfix is here."""
