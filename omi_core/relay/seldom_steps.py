"""Steps of the deploys that a relay meets seldom: backup, restore, retirement.

Deploys take them from `steps.py`, as all others.
"""

from omi_core.engine.steps import DeployStep
from omi_core.relay.dkim import operations as dkim


def back_up(name: str) -> DeployStep:
    """The keys of all relays, encrypted, in one file on the control machine."""
    from omi_core.relay.backup import gathering, given

    return DeployStep(
        name=name,
        operation=gathering.backed_up,
        for_all=True,
        queries=(dkim.FACT_QUERY,),
        data=(given.FILE, given.RECIPIENTS, given.OVERWRITE),
    )


def compare_backup(name: str) -> DeployStep:
    """Whether what is there lets a backup be restored, asked of all before any is changed."""
    from omi_core.relay.backup import given, restoring

    return DeployStep(
        name=name,
        operation=restoring.comparable,
        for_all=True,
        data=(given.BACKUP, given.IDENTITY, given.REPLACE, given.PARTIAL),
    )


def restore_keys(name: str) -> DeployStep:
    """The DKIM keys of a backup, on relays that lack them; the signer's package has its account."""
    from omi_core.relay.backup import restoring
    from omi_core.relay.rspamd import component

    return DeployStep(name=name, operation=restoring.restored, packages=component.PACKAGES)


def restore_control(name: str) -> DeployStep:
    """The files of a backup that belong on the control machine."""
    from omi_core.relay.backup import restoring

    return DeployStep(name=name, operation=restoring.restored_control, for_all=True)


def lead_customers_away(name: str) -> DeployStep:
    """Every name that customers type leads to the relays that stay."""
    from omi_core.relay.retire import leaving, zones

    return DeployStep(
        name=name,
        operation=zones.led_away,
        for_all=True,
        data=(leaving.RETIRE, leaving.WAIT, leaving.PATIENCE),
    )


def close_listeners(name: str) -> DeployStep:
    """No new mail is taken by the relay that leaves, once no resolver leads there any more."""
    from omi_core.relay.retire import emptying

    return DeployStep(name=name, operation=emptying.closed)


def drain_queue(name: str) -> DeployStep:
    """What waits on the relay that leaves is tried once more."""
    from omi_core.relay.retire import emptying

    return DeployStep(name=name, operation=emptying.drained)


def hand_over_queue(name: str) -> DeployStep:
    """What still waits there goes into the queue of a relay that stays."""
    from omi_core.relay.retire import emptying

    return DeployStep(name=name, operation=emptying.handed_over)


def withdraw_relay(name: str) -> DeployStep:
    """Its addresses leave the operator's zone."""
    from omi_core.relay.retire import zones

    return DeployStep(name=name, operation=zones.withdrawn, for_all=True)


def revoke_certificates(name: str) -> DeployStep:
    """Its certificates are revoked, where the issuer can."""
    from omi_core.relay.retire import ending

    return DeployStep(name=name, operation=ending.revoked)


def erase_keys(name: str) -> DeployStep:
    """Its keys, hashes and passwords are gone."""
    from omi_core.relay.retire import ending

    return DeployStep(name=name, operation=ending.erased)
