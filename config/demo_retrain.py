"""A retraining from the first garment to the rolled-back version: `python -m config.demo_retrain FOLDER`.

FOLDER as of `config.retrain_import`. The shop runs on a data folder of its own, which is new. It fails unless
what it claims holds (`config.retrain_client.shortfalls`).
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from . import demo, retrain_import

THREADS = "2"
"""Of the trainer, unless the environment says otherwise. It gives way to all else on the machine."""


def main() -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser(prog="script/demo-retrain", description=__doc__)
    parser.add_argument("folder", type=Path, help=retrain_import.FOLDER)
    parser.add_argument("--minutes", type=float, default=15, help="of training, 15")
    parser.add_argument(
        "--garments", type=int, default=200, help="fail unless at least so many are prepared, 200"
    )
    parser.add_argument("--count", type=int, default=40, help="import at most so many of each kind, 40")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is no folder. It has to hold {retrain_import.FOLDER}")
    found = sum(1 for _ in retrain_import.garments(arguments.folder, arguments.count))
    if found < arguments.garments:
        parser.error(
            f"{found} pictures of garments found in {arguments.folder}, {arguments.garments} asked for "
            f"(--garments, --count). It has to hold {retrain_import.FOLDER}"
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = [f"--{name}={getattr(arguments, name)}" for name in ("minutes", "count", "garments")]
    if arguments.pictures:
        options += ["--pictures", str(arguments.pictures.resolve())]
    report = demo.stdout_for_the_report()
    with tempfile.TemporaryDirectory(prefix="r") as root:
        runtime = Path(root, "run")
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        os.environ.setdefault("TRAINING_THREADS", THREADS)
        with demo.services(Path(root, "data")):
            port = demo.free_port(8000)
            os.environ["BIND"] = f"127.0.0.1:{port}"
            demo.prepare("migrate", "create_demo_users")
            url, folder = f"http://127.0.0.1:{port}", str(arguments.folder.resolve())
            return demo.run_with_client(url, "config.retrain_client", report, folder, *options)


if __name__ == "__main__":
    sys.exit(main())
