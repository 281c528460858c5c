"""`script/drill strace`: every connection that a worker opens while it checks a photo and does a try-on.

Allowed are its own PostgreSQL (Unix socket) and its own Valkey (127.0.0.1). The files of this stack lie on
disk, so there is no object store to talk to.
"""

import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from config import once

from .report import Report
from .stack import Stack, running_stack

CALLS = "connect,sendto,sendmsg,sendmmsg"
ADDRESS = re.compile(
    r"(?P<call>\w+)\(\d+, .*?sa_family=(?P<family>AF_\w+)"
    r"(?:, sun_path=@?\"(?P<path>[^\"]*)\""
    r"|, sin_port=htons\((?P<port>\d+)\), sin_addr=inet_addr\(\"(?P<host>[^\"]+)\"\)"
    r"|, sin6_port=htons\((?P<port6>\d+)\).*?inet_pton\(AF_INET6, \"(?P<host6>[^\"]+)\")?"
    r"(?P<absent>.*= -1 ENOENT)?"
)
ABSENT = " (nobody there)"
"""Unix sockets that do not exist: libc and libuuid look for local daemons. Nothing is said to anyone."""


def main() -> int:
    """Run the drill and return its exit code."""
    if shutil.which("strace") is None:
        print("SKIPPED: strace is not installed. On Debian: apt-get install strace", file=sys.stderr)
        return 77
    with running_stack("web", "beat") as stack:
        return drill(stack)


def drill(stack: Stack) -> int:
    """Trace a worker through a whole job and judge each address it named."""
    trace = stack.folder / "logs" / "strace.txt"
    stack.start("worker", prefix=f"strace -f --seccomp-bpf -qq -e trace={CALLS} -o {trace}")
    client = once.Client(stack.url)
    photo = once.send_photo(client, once.sample_photo())
    once.wait_for(client, once.submit(client, photo, once.ready_garment(client)))
    stack.stop("worker")
    report = Report("strace")
    seen = addresses(trace.read_text(errors="replace"))
    socket, valkey = expected()
    for (call, address), count in sorted(seen.items()):
        own = address in {socket, valkey} or address.endswith(ABSENT)
        report.check(own, f"{count} x {call} {address}")
    used = {address for _call, address in seen}
    report.check(socket in used, "PostgreSQL was used")
    report.check(valkey in used, "Valkey was used")
    return report.finish()


def expected() -> tuple[str, str]:
    """The socket path of our PostgreSQL and the host:port of our Valkey."""
    folder = os.environ["DATABASE_URL"].partition("host=")[2]
    broker = urlsplit(os.environ["BROKER_URL"])
    return str(Path(folder, ".s.PGSQL.5432")), f"{broker.hostname}:{broker.port}"


def addresses(trace: str) -> Counter[tuple[str, str]]:
    """Count (call, address) over the lines of a trace that name an address, finished or not."""
    seen: Counter[tuple[str, str]] = Counter()
    for match in ADDRESS.finditer(trace):
        host, port = match["host"] or match["host6"], match["port"] or match["port6"]
        address = match["path"] or (f"{host}:{port}" if host else match["family"])
        seen[match["call"], address + (ABSENT if match["absent"] else "")] += 1
    return seen


if __name__ == "__main__":
    sys.exit(main())
