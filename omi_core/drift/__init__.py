"""Where hosts and DNS differ from an inventory: what a dry run proposes, as findings."""
