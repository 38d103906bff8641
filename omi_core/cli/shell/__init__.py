"""What a shell and `man` need of the command line: completion, pages, the version."""
