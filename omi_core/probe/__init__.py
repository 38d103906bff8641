"""SMTP as customers meet it: a matrix of cells, what was seen of each, and what is judged of it."""
