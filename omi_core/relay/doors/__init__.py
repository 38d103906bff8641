"""What stands before the listeners: no client takes so many connections that others find none."""
