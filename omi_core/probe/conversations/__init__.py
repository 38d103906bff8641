"""What is said to a server in each conversation, in which order, and how it is held."""
