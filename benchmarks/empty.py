"""A deploy of nothing: what pyinfra itself takes for an inventory."""
