"""What stands in DNS: values, plan, providers.

Nothing here imports dnspython except `exchange`, `wire`, `rfc2136` and `agreement`.
"""
