"""What a drill saw: one line for each expectation, one JSON line at the end."""

import json
from dataclasses import dataclass, field


@dataclass
class Report:
    """Collects expectations and prints each as it is judged."""

    drill: str
    failures: list[str] = field(default_factory=list)
    checks: int = 0

    def check(self, holds: bool, what: str) -> None:
        """Print what was seen and remember it if it should not have been."""
        self.checks += 1
        print(f"{'ok  ' if holds else 'FAIL'}  {what}", flush=True)
        if not holds:
            self.failures.append(what)

    def finish(self) -> int:
        """Print the summary and return the exit code: 0 when every expectation held."""
        status = "failed" if self.failures else "passed"
        summary = {"drill": self.drill, "status": status, "checks": self.checks, "failures": self.failures}
        print(json.dumps(summary, ensure_ascii=False), flush=True)
        return 1 if self.failures else 0
