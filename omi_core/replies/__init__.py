"""What a receiver's reply means, whose turn it is, and what to do: one catalogue for all."""
