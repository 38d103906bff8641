"""What one relay has of its own, beside what the environment says for all."""
