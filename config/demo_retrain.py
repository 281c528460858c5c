"""A retraining from the first garment to the rolled-back version: `python -m config.demo_retrain FOLDER`.

FOLDER as of `config.retrain_import`. The shop runs on a data folder of its own, which is new.
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
    parser.add_argument("folder", type=Path, help="pictures of garments")
    parser.add_argument("--minutes", type=float, default=15, help="of training, 15")
    parser.add_argument("--count", type=int, default=24, help="at most so many garments of each kind")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    arguments = parser.parse_args()
    if not any(retrain_import.garments(arguments.folder, arguments.count)):
        parser.error(f"no pictures in folders named after kinds, and no pairs.csv, in {arguments.folder}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = ["--minutes", str(arguments.minutes), "--count", str(arguments.count)]
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
