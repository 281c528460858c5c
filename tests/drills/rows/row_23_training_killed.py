"""A trainer is killed with -9 at random moments of a retraining: as it draws twins, trains and compares"""

from tests.drills.report import Report
from tests.drills.suite import run_tests

NUMBER = 23
PROMISE = "it goes on each time and ends with the same number of steps, one candidate, and a whole curve"
TEST = (
    "tests/workers/test_training_processes.py"
    "::test_a_trainer_that_is_killed_at_random_moments_ends_with_the_same_steps"
)


def run(report: Report, *, short: bool) -> str:
    """Real trainer processes; the test itself judges what is left of the run after each."""
    kills = 2 if short else 5
    recorded = run_tests(report, TEST, at_least=1, TRAINING_KILLS=str(kills)).recorded
    met = {stage: len(recorded.get(f"kills_{stage}", [])) for stage in ("twins", "training", "comparing")}
    report.check(sum(met.values()) == kills, f"kills: {met}")
    told = ", ".join(f"{count} in {stage}" for stage, count in met.items() if count)
    return f"{sum(met.values())} kills ({told}); {sum(recorded.get('steps', []))} steps at the end"
