"""Who may send: customers, their domains, accounts and senders, one TOML file a customer."""

from omi_core.customers.customer import Account, Customer, Sender
from omi_core.customers.files import load_customers

__all__ = ["Account", "Customer", "Sender", "load_customers"]
