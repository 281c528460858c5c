"""The job engine under attack: real servers and processes, a pipeline that paints, and a witness of every step.

The witness is a trigger in the database, past all code of ours: it keeps each change of a try-on's status.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import time_machine

from config import demo, embedded, once

from .report import Report
from .stack import COMMANDS, Stack, running_servers

WITNESS = """
CREATE TABLE drill_witness (
    job uuid, before text, after text, attempts int, at timestamptz DEFAULT clock_timestamp()
);
CREATE FUNCTION drill_witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO drill_witness VALUES (NEW.id, NULL, NEW.status, NEW.attempts);
    ELSIF NEW.status <> OLD.status THEN
        INSERT INTO drill_witness VALUES (NEW.id, OLD.status, NEW.status, NEW.attempts);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER drill_witness AFTER INSERT OR UPDATE ON tryon_tryonjob
    FOR EACH ROW EXECUTE FUNCTION drill_witness();
"""
JOBS_OF_ONE = 20
"""Try-ons on one photo."""
STUB_WORKER = COMMANDS["worker"].replace("--app config", "--app tests.drills.stub_app")


@contextmanager
def running_engine(*names: str, lease: int, job_seconds: float = 0.1, **variables: str) -> Iterator[Stack]:
    """Servers with an empty shop, a witness and the named processes: `beat`, `web`, `worker`, `worker-2` ...

    `lease` is in seconds, `variables` are added to the environment of everything, this process included.
    """
    os.environ |= {
        "DAILY_LIMIT_GUEST": "10000",
        "LOG_LEVEL": "INFO",
        "STUB_SECONDS": str(job_seconds),
        "TRUSTED_PROXIES": "1",  # shoppers of a drill have addresses of their own
        "TRYON_LEASE_SECONDS": str(lease),
        "TRYON_MAX_QUEUE": "10000",
    } | variables
    with running_servers() as folder:
        level = os.environ["LOG_LEVEL"] = "INFO"
        assert level
        port = embedded.free_port()
        os.environ |= {"BIND": f"127.0.0.1:{port}", "STUB_FOLDER": str(folder / "run")}
        prepare()
        stack = Stack(folder, f"http://127.0.0.1:{port}", {})
        try:
            start(stack, *names)
            yield stack
        except BaseException:
            stack.print_logs()
            raise
        finally:
            for name in list(stack.processes):
                stack.stop(name)
