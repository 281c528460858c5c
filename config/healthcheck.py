"""`python -m config.healthcheck`: exit 0 when the web process of this container is ready."""

import os
import sys
import urllib.error
import urllib.request


def is_ready() -> bool:
    """Ask /readyz under the first name of ALLOWED_HOSTS, since no other would be answered."""
    port = os.environ["BIND"].rpartition(":")[2]
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": host})
    try:
        # The scheme is constant.
        with urllib.request.urlopen(request, timeout=8) as response:  # noqa: S310  # nosec B310
            return response.status == 200
    except (urllib.error.URLError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready() else 1)
