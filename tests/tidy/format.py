#!/usr/bin/env python3
"""Formatting: clang-format over the C++, prettier over the TypeScript of the tests. Says which files differ, and fails.

    format.py            looks        format.py --write    reformats the whole tree
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tree import Tree  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PRETTIER = ROOT / "tests/api/node_modules/.bin/prettier"  # tests/api/install puts it there
SCRIPTS = ["api", "load", "faults"]  # folders of tests


def badly_formatted(files):
    """Of C++ files, those that clang-format would change."""
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
    said = done.stderr.splitlines()
    if done.returncode != 0 and not said:
        raise SystemExit(f"clang-format-19 failed with {done.returncode}")
    return sorted({line.split(":")[0] for line in said if "[-Wclang-format-violations]" in line}) or (
        [] if done.returncode == 0 else [done.stderr.strip()])


def prettier(how):
    done = subprocess.run([PRETTIER, how, "--ignore-path=api/.gitignore", *SCRIPTS], cwd=ROOT / "tests", capture_output=True, text=True)
    named = [line.split()[-1] for line in done.stderr.splitlines() if line.startswith("[warn] ") and line.endswith(".ts")]
    if done.returncode == 0:
        return []
    return [f"tests/{name}" for name in named] or [done.stderr.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="reformat instead of looking")
    write = parser.parse_args().write
    files = [p for p in Tree(ROOT).paths if p.endswith((".cpp", ".hpp"))]
    if not PRETTIER.exists():
        raise SystemExit("prettier is not there: tests/api/install fetches it")
    if write:
        subprocess.run(["clang-format-19", "-i", *files], cwd=ROOT, check=True)
        wrong = prettier("--write")
    else:
        wrong = badly_formatted(files) + prettier("--check")
    for name in wrong:
        print(f"{name}: is not formatted: tests/tidy/format.py --write")
    if not wrong:
        print(f"{len(files)} files of C++ and the TypeScript of {', '.join(SCRIPTS)} are formatted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
