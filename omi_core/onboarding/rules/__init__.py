"""What is wrong with the records and servers of a domain, and the texts that say so."""
