"""The chain of the audit trail: each entry's hash covers the entry and the hash before it.

The hash is keyed, so that whoever can write to the database cannot mend a chain that they have broken. The
head says where the chain ends, signed as well.
"""

import hmac
import json
from datetime import UTC

from tryon.models import AuditEntry, AuditHead
from tryon.models.audit import AuditFacts
from tryon.pseudonyms import signature

FIELDS = tuple(field.name for field in AuditFacts._meta.get_fields())


def entry_digest(entry: AuditEntry, before: str) -> str:
    """The hash of an entry behind the hash `before` (empty at the start), in hexadecimal."""
    facts = {name: getattr(entry, name) for name in FIELDS}
    facts["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    statement = json.dumps([entry.number, before, facts], sort_keys=True, separators=(",", ":"))
    return signature("audit trail", statement.encode())


def head_signature(number: int, digest: str) -> str:
    """What the head of a chain that ends with this entry is signed with."""
    return signature("audit head", f"{number}|{digest}".encode())


def chain_faults() -> list[str]:
    """What is wrong with the trail: "7 altered", "8 missing", or "head" for entries missing at the end."""
    faults: list[str] = []
    before, expected = "", 1
    for entry in AuditEntry.objects.order_by("number").iterator():
        faults += [f"{number} missing" for number in range(expected, entry.number)]
        if not hmac.compare_digest(entry_digest(entry, before).encode(), entry.digest.encode()):
            # Behind a gap the hash before is gone: the gap is the finding.
            faults += [f"{entry.number} altered"] if expected == entry.number else []
        before, expected = entry.digest, entry.number + 1
    return faults + ([] if _head_fits(expected - 1, before) else ["head"])


def _head_fits(number: int, digest: str) -> bool:
    head = AuditHead.objects.first()
    if head is None:
        return number == 0
    signed = hmac.compare_digest(head_signature(number, digest).encode(), head.signature.encode())
    return signed and (head.number, head.digest) == (number, digest)
