"""What deploys are written in: a step for each thing that is made true of a relay.

What only other deploys than `deploys/relay.py` use is imported by its step: the time until a run
asks its first question is mostly imports.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from omi_core.engine import debian
from omi_core.engine.component_state import fact_queries
from omi_core.engine.converge import component
from omi_core.engine.steps import DeployStep, take
from omi_core.inventory.model import Environment, Relay
from omi_core.relay import customers_view, dns, dns_given, doors, firewall, policy, sshd
from omi_core.relay import host as hosts
from omi_core.relay.certificates import component as tls
from omi_core.relay.daemons import name_of, passwords, signer
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.policy import counter
from omi_core.relay.postfix import component as postfixes
from omi_core.relay.seldom_steps import (
    back_up,
    close_listeners,
    compare_backup,
    drain_queue,
    erase_keys,
    hand_over_queue,
    lead_customers_away,
    restore_control,
    restore_keys,
    revoke_certificates,
    withdraw_relay,
)
from omi_core.relay.updates import files as updates

__all__ = [
    "DeployStep",
    "ask_queues",
    "back_up",
    "begin_rotation",
    "certificate_warning",
    "certificates",
    "close_listeners",
    "compare_backup",
    "delete_dkim_keys",
    "distribute_dkim_keys",
    "doors_bounded",
    "dovecot",
    "drain_queue",
    "erase_keys",
    "firewalled",
    "generate_dkim_keys",
    "hand_over_queue",
    "host",
    "lead_customers_away",
    "policy_daemon",
    "postfix",
    "prove_dkim_keys",
    "publish_dns",
    "push_customers",
    "renew_certificates",
    "restore_control",
    "restore_keys",
    "revoke_certificates",
    "rspamd",
    "sign",
    "ssh_by_key",
    "take",
    "verify_changed",
    "verify_dns",
    "verify_listeners",
    "verify_software",
    "withdraw_relay",
]

# pyinfra types what an operation takes with its keywords before the operation's own.
_component: Callable[..., object] = component


def _component_of(daemon: ModuleType) -> ModuleType:
    """Return what a daemon is, from its folder."""
    return import_module(f"{daemon.__name__}.component")


def host(name: str) -> DeployStep:
    """Host name, time zone, the accounts that daemons run as, the journal's bounds, and updates."""
    return DeployStep(
        name=name,
        operation=hosts.service,
        packages=hosts.PACKAGES,
        packages_for=updates.packages,
        queries=fact_queries("base"),
    )


def certificates(name: str) -> DeployStep:
    """A certificate over every public name, where there is none or it is due."""
    return DeployStep(name=name, operation=tls.certificate, queries=(tls.FACT_QUERY,))


def renew_certificates(name: str) -> DeployStep:
    """What is due, on one relay after the other, each proven by what its listeners serve."""
    from omi_core.relay.certificates import rolling

    return DeployStep(
        name=name,
        operation=_renew,
        for_all=True,
        queries=(tls.FACT_QUERY,),
        data=(rolling.FORCE,),
    )


def _renew(_environment: Environment, name: str) -> None:
    from omi_core.relay.certificates import rolling

    rolling.rolling(name)


def certificate_warning(name: str) -> DeployStep:
    """A timer on the host that warns before its certificates end."""
    return DeployStep(
        name=name,
        operation=_certificate_warning,
        queries=fact_queries("certificate-warning"),
    )


def _certificate_warning(relay: Relay, name: str) -> None:
    from omi_core.relay.certificates import warning

    _component(warning.configured(relay), name=name)


def generate_dkim_keys(name: str) -> DeployStep:
    """The DKIM keys that no relay has, on the first relay."""
    return DeployStep(name=name, operation=dkim.generate_keys, queries=(dkim.FACT_QUERY,))


def distribute_dkim_keys(name: str) -> DeployStep:
    """The DKIM keys that another relay has and this one lacks."""
    return DeployStep(name=name, operation=dkim.distribute_keys)


def prove_dkim_keys(name: str) -> DeployStep:
    """The next keys, at every authoritative server."""
    from omi_core.relay.dkim import rotation

    return DeployStep(name=name, operation=rotation.proven, data=(rotation.ROTATE, rotation.BACK))


def delete_dkim_keys(name: str) -> DeployStep:
    """The keys that nothing signs with any more and that are not published."""
    from omi_core.relay.dkim import rotation

    return DeployStep(name=name, operation=rotation.delete_keys)


def begin_rotation() -> None:
    """Let this run rotate the DKIM keys, as `--data` says or as is due."""
    from omi_core.relay.dkim import rotation

    rotation.begin()


def publish_dns(name: str) -> DeployStep:
    """Addresses, policies and keys, in the zones that may be written."""
    return DeployStep(
        name=name,
        operation=dns.records,
        for_all=True,
        beforehand=dns.begin_reading,
        data=(dns_given.PLAN, dns_given.RETIRE),
    )


def dovecot(name: str) -> DeployStep:
    """The daemon that checks passwords."""
    return DeployStep(
        name=name,
        operation=_component_of(passwords).service,
        packages=_component_of(passwords).PACKAGES,
        queries=fact_queries(name_of(passwords)),
    )


def policy_daemon(name: str) -> DeployStep:
    """The daemon that decides who may say what."""
    return DeployStep(
        name=name,
        operation=_component_of(policy).service,
        packages=_component_of(policy).PACKAGES,
        packages_for=counter.packages,
        queries=fact_queries(name_of(policy)),
    )


def rspamd(name: str) -> DeployStep:
    """The signer."""
    return DeployStep(
        name=name,
        operation=_component_of(signer).service,
        packages=_component_of(signer).PACKAGES,
        queries=fact_queries(name_of(signer)),
    )


def sign(name: str) -> DeployStep:
    """The signer, where it runs already."""
    return DeployStep(name=name, operation=_component_of(signer).service)


def push_customers(name: str) -> DeployStep:
    """What customers' files decide, for the daemons that look it up, and nothing else of them."""
    from omi_core.relay import pushed

    return DeployStep(
        name=name,
        operation=pushed.customers,
        queries=(debian.RELEASE_QUERY, *fact_queries(*pushed.COMPONENTS)),
    )


def doors_bounded(name: str) -> DeployStep:
    """The bound on each client's connections, before any of them is answered."""
    return DeployStep(
        name=name,
        operation=_component_of(doors).service,
        packages=_component_of(doors).PACKAGES,
        queries=fact_queries(name_of(doors)),
    )


def firewalled(name: str) -> DeployStep:
    """The firewall: what may reach the relay, and nothing else."""
    return DeployStep(
        name=name,
        operation=_component_of(firewall).service,
        packages=_component_of(firewall).PACKAGES,
        queries=fact_queries(name_of(firewall)),
    )


def ssh_by_key(name: str) -> DeployStep:
    """No login by a password, where the inventory says so."""
    return DeployStep(
        name=name,
        operation=_component_of(sshd).service,
        queries=fact_queries(name_of(sshd)),
    )


def postfix(name: str) -> DeployStep:
    """The listeners, and the queue."""
    return DeployStep(
        name=name,
        operation=postfixes.service,
        packages=postfixes.PACKAGES,
        preseed=postfixes.PRESEED,
        queries=fact_queries("postfix"),
    )


def ask_queues(name: str) -> DeployStep:
    """What `omi queue` wants to know, or to have done."""
    from omi_core.relay.queue import asking

    return DeployStep(name=name, operation=asking.asked, data=(asking.REQUEST,))


def verify_changed(name: str) -> DeployStep:
    """A relay that the run changed, as its customers meet it; see `gate.py`."""
    return DeployStep(name=name, operation=customers_view.customers_view, follows=True)


def verify_listeners(name: str) -> DeployStep:
    """Every listener of every public name."""
    from omi_core.relay import verify as verification

    return DeployStep(
        name=name, operation=verification.matrix, for_all=True, data=verification.data()
    )


def verify_software(name: str) -> DeployStep:
    """What runs on software that is gone, and whether updates come to their end."""
    from omi_core.relay.updates import waiting

    return DeployStep(name=name, operation=waiting.software)


def verify_dns(name: str) -> DeployStep:
    """The records of the operator and of every customer."""
    from omi_core.relay import dns_verify

    return DeployStep(name=name, operation=dns_verify.customers, for_all=True)
