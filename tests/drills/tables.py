"""`python -m tests.drills.tables PATH`: a dump of the tables of a new shop, for drills that run after it."""

import os
import subprocess
import sys

from config.embedded import postgres_program

from .stack import running_servers

if __name__ == "__main__":
    with running_servers():
        dump = [postgres_program("pg_dump"), "--format=custom", "--file", sys.argv[1]]
        subprocess.run([*dump, "--dbname", os.environ["DATABASE_URL"]], check=True)
