"""What a refusal means: of a server's reply, and of what a customer's program shows."""
