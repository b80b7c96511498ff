#!/usr/bin/env python3
"""Compiles a file that must not compile, and looks for the reason that its first line expects.

    run.py FILE -- COMPILER FLAGS...
"""

import re
import subprocess
import sys
from pathlib import Path


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    file, command = Path(sys.argv[1]), sys.argv[3:]
    first = file.read_text().splitlines()[0] if file.stat().st_size else ""
    expected = re.fullmatch(r"// expect: (\S.{7,})", first)
    if not expected:
        print(f"{file}: its first line must be '// expect: ' and at least eight characters of the compiler's message")
        return 1
    done = subprocess.run(command + ["-fsyntax-only", str(file)], capture_output=True, text=True)
    said = done.stdout + done.stderr
    # The compiler quotes the source, this comment included; only its errors count.
    errors = [line for line in said.splitlines() if re.search(r"\b(?:error|note):", line)]
    if done.returncode == 0:
        print(f"{file} compiles, and must not")
    elif not any(expected.group(1) in line for line in errors):
        print(f"{file} fails for another reason than '{expected.group(1)}':\n{said}")
    else:
        print(f"refused, as it must be: {expected.group(1)}")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
