"""SPF (RFC 7208): record, syntax, evaluation, budget of look-ups, merge."""
