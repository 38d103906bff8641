"""How many wrong passwords an address may try: what Dovecot asks before it looks at one.

Standard library only, Python 3.11 on: it runs on the relay. `limiter` decides, `daemon` answers.
Decision 53.
"""
