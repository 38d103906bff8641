"""What an rspamd is here: the signer. What others must know of it stands here."""

ACCOUNT = "_rspamd"  # who runs it, and alone may read the private keys beside root
SOCKET = "/run/rspamd/milter.sock"
