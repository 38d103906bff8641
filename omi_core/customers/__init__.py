"""Who may send: customers, their domains, accounts and senders, one TOML file a customer."""

from omi_core.customers.customer import Account, Customer, Sender
from omi_core.customers.files import load_customers
from omi_core.customers.owners import sender_owners

__all__ = ["Account", "Customer", "Sender", "load_customers", "sender_owners"]
