"""One process of a retraining in small: `torchrun -m tests.workers.crew_app`, with TRAINER=1."""

from django.core.management import call_command

from tests.workers.training_app import app

if __name__ == "__main__":
    assert app
    call_command("train")
