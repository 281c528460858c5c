"""An object of 200 MB is encrypted and opened, each in a process of its own whose memory is measured"""

import subprocess
import sys
import uuid

from tests.drills.report import Report
from tests.drills.stack import ROOT, running_servers

NUMBER = 12
PROMISE = "under 40 MB above the process that holds the object"
OBJECT_BYTES = 200_000_000
MOST_MEGABYTES = 40.0
BEGIN = """
import hashlib, sys
import django
django.setup()
from tests.tryon import factories
from tryon.models import SealedObject
from tryon.services.photo_store import object_open

def peak(reset=False):
    "Most memory since the last reset, in MB (Linux: VmHWM, reset by clear_refs)."
    if reset:
        open("/proc/self/clear_refs", "w").write("5")
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6

factories.sealed(factories.shopper(), data=b"warm")
for sealed in SealedObject.objects.filter(size=4):
    object_open(sealed=sealed)
"""
SEAL = """
data = bytes(range(250)) * (int(sys.argv[1]) // 250)
before = peak(reset=True)
sealed = factories.sealed(factories.shopper(), data=data)
print(sealed.pk, peak() - before, hashlib.sha256(data).hexdigest())
"""
OPEN = """
sealed = SealedObject.objects.get(pk=sys.argv[1])
before = peak(reset=True)
data = object_open(sealed=sealed)
print(sealed.pk, peak() - before - len(data) / 1e6, hashlib.sha256(data).hexdigest())
"""


def run(report: Report, *, short: bool) -> str:
    """What is opened must be what was sealed."""
    size = OBJECT_BYTES // (5 if short else 1)
    with running_servers():
        name, sealing, digest = measure(SEAL, str(size))
        _, opening, opened = measure(OPEN, name)
    report.check(bool(uuid.UUID(name)) and digest == opened, "what was opened is what was sealed")
    report.check(sealing < MOST_MEGABYTES, f"sealing took {sealing:.1f} MB above the object")
    report.check(opening < MOST_MEGABYTES, f"opening took {opening:.1f} MB above the object")
    return f"{size / 1e6:.0f} MB: {sealing:.1f} MB above it to encrypt, {opening:.1f} MB to decrypt"


def measure(program: str, argument: str) -> tuple[str, float, str]:
    """Run the program in a fresh process; returns the object's id, the megabytes and the digest."""
    command = [sys.executable, "-c", BEGIN + program, argument]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    name, megabytes, digest = done.stdout.split()
    return name, float(megabytes), digest
