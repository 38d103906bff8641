"""What the policy daemon is on a relay: what others must know of it stands here."""

ACCOUNT = "omi-policy"  # who runs it
SOCKET = "/run/omi-policy/milter.sock"
