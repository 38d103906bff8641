"""What a Dovecot is here: it checks passwords. What Postfix must know of it stands here."""

SASL_TYPE = "dovecot"  # smtpd_sasl_type in postconf(5)
SASL_PATH = "private/auth"  # below Postfix's queue directory
