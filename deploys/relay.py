"""Bare Debian hosts become the relay.

pyinfra inventories/prod.py deploys/relay.py
"""

from omi_core.relay import steps

steps.take(
    steps.host("Name the host and its accounts"),
    steps.certificates("Cover every public name by a certificate"),
    steps.generate_dkim_keys("Make the DKIM keys that no relay has"),
    steps.distribute_dkim_keys("Carry the DKIM keys to every relay"),
    # Before any signer runs: a signature that no published key verifies is worse than none.
    steps.publish_dns("Publish DNS"),
    steps.dovecot("Check passwords with Dovecot"),
    steps.policy_daemon("Judge mail by the policy daemon"),
    steps.rspamd("Sign with rspamd"),
    steps.doors_bounded("Bound the connections of each client"),
    steps.firewalled("Let in what the inventory says and nothing else"),
    steps.postfix("Listen on 25, 465 and 587 with Postfix"),
    steps.ssh_by_key("Let nobody in by a password over SSH"),
    steps.verify_changed("See the relay as a customer does"),
)
