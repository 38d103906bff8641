"""What could shut the operator out is live for a minute before it stays: on trial."""
