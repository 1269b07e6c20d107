"""Whose secret lies in which slot of DIR/keys/secrets (daemon/store/key_batch.h): it must be gone once a client was told of the erasure.

A slot is given away once, with the first definition of a customer, in the order of the log; of a customer that was erased the load sends none."""
import os

import golden
from disk import Broken

FILE = os.path.join("keys", "secrets")  # below the folder of the ledger
SLOT_BYTES = 128
SECRET = slice(16, 80)


def written(calls):
    """{slot: secret}, whatever became of it later."""
    names, found = {}, {}
    for kind, handle, position, name, data in calls:
        if kind == "O":
            names[handle] = name
        elif kind == "W" and names[handle].endswith(FILE):
            found.update((slot, secret) for slot, secret in enumerate(slots(data), position // SLOT_BYTES) if any(secret))
    return found


def file_of(ledger):
    """What it holds now; nothing before the first customer came."""
    path = os.path.join(ledger, FILE)
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def slots(content):
    """The secret of each."""
    return [content[at:at + SLOT_BYTES][SECRET] for at in range(0, len(content), SLOT_BYTES)]


def owners(log, secrets, content):
    """{customer: secret} at the end of a run: by its log, by all that was ever written, and by what the file holds. There each customer's
    secret lies in its place, or zeros once its fields are erased; else this would not know whose it was."""
    is_erased = {}  # customer -> bool, in the order of the slots
    for customer in filter(None, map(golden.customer_of, log)):
        is_erased[customer.customer] = customer.erased
    if sorted(secrets) != list(range(len(is_erased))):
        raise Broken("%d customers have the slots %s" % (len(is_erased), sorted(secrets)))
    for slot, (secret, customer) in enumerate(zip(slots(content), is_erased)):
        if secret != (bytes(len(secret)) if is_erased[customer] else secrets[slot]):
            raise Broken("slot %d is not that of %s" % (slot, customer))
    return {customer: secrets[slot] for slot, customer in enumerate(is_erased)}
