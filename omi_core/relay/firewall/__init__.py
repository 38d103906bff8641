"""What may reach a relay: its listeners, the operator's SSH, and nothing else."""
