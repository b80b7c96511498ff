#!/usr/bin/env python3
"""Branch coverage of the files of files.txt by the unit tests, and the integration and API tests of their domains: how much, and each
branch that was never taken. Counts by clang's source-based coverage, in a build with the preset `coverage`.

    tests/coverage/coverage.py BUILD_FOLDER      also writes BUILD_FOLDER/coverage.txt
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = {"unit_tests": "*", "integration_tests": "app*:identity*:orders*:work*"}
API_TESTS = ["auth", "cross_site", "customers", "forged_tokens", "keys", "location_limits", "mails", "passwords", "permissions", "rights",
             "second_factor", "sessions", "sign_in", "throttle", "up", "users_roles"]  # parts of names


def measured():
    lines = (Path(__file__).parent / "files.txt").read_text().splitlines()
    return [ROOT / line for line in lines if line and not line.startswith("#")]


def run_tests(folder, profiles):
    """The profiles that the test programs, and the servers of the API tests, leave behind."""
    profiles.mkdir(parents=True, exist_ok=True)
    for old in profiles.iterdir():
        old.unlink()
    for program, filter_ in TESTS.items():
        environment = {**os.environ, "LLVM_PROFILE_FILE": str(profiles / f"{program}-%p.profraw")}
        subprocess.run([folder / "tests" / program, f"--gtest_filter={filter_}", "--gtest_brief=1"], check=True,
                       env=environment)
    environment = {**os.environ, "LLVM_PROFILE_FILE": str(profiles / "carrack-%p.profraw"),
                   "CARRACK_BINARY": str(folder / "carrack")}
    subprocess.run([ROOT / "tests/api/run", *(f"{name}.test.ts" if name == "up" else name for name in API_TESTS)], check=True,
                   env=environment)
    return sorted(profiles.glob("*.profraw"))


def branches_of(folder, profiles):
    """For each file, (line, column) of each branch with how often it was true and false; what no object has is an error."""
    merged = folder / "coverage.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", merged, *profiles], check=True)
    programs = [*(folder / "tests" / program for program in TESTS), folder / "carrack"]
    exported = subprocess.run(
        ["llvm-cov-19", "export", "-format=text", f"-instr-profile={merged}", programs[0],
         *(part for program in programs[1:] for part in ("-object", program)), *measured()],
        check=True, stdout=subprocess.PIPE).stdout
    found = {}
    for one in json.loads(exported)["data"][0]["files"]:
        counts = found.setdefault(Path(one["filename"]), {})
        for line, column, _, _, true, false, *_ in one["branches"]:  # once for each instance of a template
            before = counts.get((line, column), (0, 0))
            counts[line, column] = (before[0] + true, before[1] + false)
    return found


FLOOR = 0.94  # of all branches; the aim is all of them


def is_a_choice(text, column):
    """Not what the compiler decides: an endless loop, and the default of a switch that has every enumerator."""
    return not text[:column - 1].endswith("switch (") and not text[column - 1:].startswith("true)")


def report(found):
    lines, all_taken, all_there = [], 0, 0
    for file in measured():
        source = file.read_text().splitlines()
        counts = {(line, column): taken for (line, column), taken in found[file].items()
                  if is_a_choice(source[line - 1], column)}
        missed = []
        for (line, column), (true, false) in sorted(counts.items()):
            for value, taken in (("true", true), ("false", false)):
                if taken == 0:
                    missed.append(f"    {line}:{column} never {value}: {source[line - 1].strip()}")
        there = 2 * len(counts)
        taken = there - len(missed)
        all_taken, all_there = all_taken + taken, all_there + there
        share = f"{100 * taken / there:.1f} %" if there else "none"
        lines.append(f"{file.relative_to(ROOT)!s:34} {taken:4} of {there:4} branches  {share:>8}")
        lines += missed
    lines.append(f"{'all of them':34} {all_taken:4} of {all_there:4} branches  {100 * all_taken / all_there:.1f} %")
    return "\n".join(lines), all_taken / all_there


def main():
    if len(sys.argv) != 2:
        sys.exit("tests/coverage/coverage.py BUILD_FOLDER")
    folder = Path(sys.argv[1]).resolve()
    profiles = run_tests(folder, folder / "profiles")
    text, share = report(branches_of(folder, profiles))
    (folder / "coverage.txt").write_text(text + "\n")
    print(text)
    if share < FLOOR:
        print(f"Fewer than {FLOOR:.0%} of the branches are taken.", file=sys.stderr)
        print("0 passed, 1 failed")
        sys.exit(1)
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
