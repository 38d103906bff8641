"""What the exit code of `omi` says; 130 is 128 and the number of SIGINT, as in sh(1)."""

FINE, FINDINGS, BAD_INPUT, COULD_NOT_LOOK, INTERRUPTED = 0, 1, 2, 3, 130
