"""The command line: `omi NOUN VERB`. Results go to stdout, everything else to stderr."""
