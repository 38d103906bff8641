"""What customers' files decide: who may log in, and send as whom.

pyinfra inventories/prod.py deploys/customers.py
"""

from omi_core.relay import steps

steps.take(
    # First: it says that an account is suspended.
    steps.policy_daemon("Judge mail by the policy daemon"),
    steps.dovecot("Check passwords with Dovecot"),
    steps.rspamd("Sign with rspamd"),
    steps.postfix("Listen on 25, 465 and 587 with Postfix"),
)
