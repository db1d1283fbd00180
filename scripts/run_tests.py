"""Run the test groups, each in a process of its own, and sum up.

Groups are separate because the engine must work without QGIS, and because a crash in QGIS or numba must not
take the other tests along. Options are passed on to pytest; paths choose the groups to run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / ".cache" / "tests"
#: Quick ones first; a group that is not there is left out.
GROUPS = ("packaging", "core", "aws", "qgis")
#: Spends its time with waiting: it runs beside the others, and what it says comes at the end.
BESIDE = "aws"
#: pytest-timeout ends a test that hangs in Python; this ends a process that hangs anywhere.
LIMIT = ("timeout", "--foreground", "--kill-after=10", "1800")
NO_TESTS_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Run the groups and return an exit code."""
    wanted = [name.rstrip("/") for name in arguments if (ROOT / "tests" / name).is_dir()]
    options = [argument for argument in arguments if argument.rstrip("/") not in wanted]
    groups = [name for name in wanted or GROUPS if (ROOT / "tests" / name).is_dir()]
    start = time.monotonic()
    totals: Counter[str] = Counter()
    failed = False
    for code, counts in run_groups(groups, options):
        failed = failed or code not in (0, NO_TESTS_COLLECTED)
        totals += counts
    if failed and not totals["failed"] + totals["error"]:
        totals["error"] = 1
    print(summary(totals, time.monotonic() - start))
    return int(failed or not totals)


def run_groups(groups: list[str], options: list[str]) -> list[tuple[int, Counter[str]]]:
    """Run groups one after another, but for the one that runs beside them; return what `run_group` does."""
    in_turn = [group for group in groups if group != BESIDE or len(groups) == 1]
    if in_turn == groups:
        return [run_group(group, options) for group in groups]
    log = REPORTS / f"{BESIDE}.log"
    with ThreadPoolExecutor(1) as thread, open(log, "w+", encoding="utf-8", errors="replace") as output:
        beside = thread.submit(run_group, BESIDE, options, output)
        results = [run_group(group, options) for group in in_turn]
        results.append(beside.result())
        output.seek(0)
        print(output.read(), flush=True)
    return results


def run_group(group: str, options: list[str], output: IO[str] | None = None) -> tuple[int, Counter[str]]:
    """Run one group; return pytest's exit code and the number of tests by outcome."""
    print(f"\n##### tests/{group} #####", file=output, flush=True)
    report = REPORTS / f"{group}.xml"
    report.unlink(missing_ok=True)
    command = [*LIMIT, sys.executable, "-m", "pytest", f"tests/{group}", f"--junitxml={report}", *options]
    if group == "qgis":
        command.insert(0, str(ROOT / "scripts" / "with-qgis.sh"))
    streams = {"stdout": output, "stderr": subprocess.STDOUT} if output else {}
    code = subprocess.run(command, cwd=ROOT, env=environment(), check=False, **streams).returncode
    if report.exists():
        return code, outcomes(report)
    if code == NO_TESTS_COLLECTED:
        return code, Counter()
    print(f"tests/{group} ended with code {code} before it could report; 124 means that its time was up.")
    return code or 1, Counter(error=1)


def environment() -> dict[str, str]:
    """Return the environment of a test process: nobody's AWS account is within its reach."""
    values = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    values["AWS_CONFIG_FILE"] = values["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    values["AWS_EC2_METADATA_DISABLED"] = "true"
    return values


def outcomes(report: Path) -> Counter[str]:
    """Count the tests of a JUnit report by outcome."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).iter("testsuite"):
        number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        counts["failed"] += number["failures"]
        counts["error"] += number["errors"]
        counts["skipped"] += number["skipped"]
        counts["passed"] += number["tests"] - number["failures"] - number["errors"] - number["skipped"]
    return +counts


def summary(totals: Counter[str], seconds: float) -> str:
    """Return one line in the form of pytest's own."""
    order = ("failed", "passed", "skipped", "error")
    parts = [f"{totals[outcome]} {outcome}" for outcome in order if totals[outcome]]
    text = f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s "
    return "\n" + text.center(80, "=")


if __name__ == "__main__":
    REPORTS.mkdir(parents=True, exist_ok=True)
    sys.exit(main(sys.argv[1:]))
