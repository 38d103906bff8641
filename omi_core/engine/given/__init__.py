"""What `--data` of a run says to a deploy, and the refusal of everything that it does not know."""
