"""What a relay is: its daemons as components, its certificates and keys, its DNS, and the proof.

Deploys are written in the steps of `steps.py`.
"""
