#!/usr/bin/env python3
"""Compiles a file that must not compile, and looks for the reason that its first lines expect: `// expect: ` and a part
of the compiler's message, then `// or: ` with another compiler's wording where it differs.

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
    expected = re.match(r"// expect: (\S.{7,})\n(?:// or: (\S.{7,})\n)?", file.read_text())
    if not expected:
        print(f"{file}: its first line must be '// expect: ' and at least eight characters of the compiler's message")
        return 1
    wordings = [w for w in expected.groups() if w]
    done = subprocess.run(command + ["-fsyntax-only", str(file)], capture_output=True, text=True)
    said = done.stdout + done.stderr
    # The compiler quotes the source, this comment included; only its errors count. g++ has other quotation marks.
    said = said.replace("\u2018", "'").replace("\u2019", "'")
    errors = [line for line in said.splitlines() if re.search(r"\b(?:error|note):", line)]
    if done.returncode == 0:
        print(f"{file} compiles, and must not")
    elif not any(wording in line for line in errors for wording in wordings):
        print(f"{file} fails for another reason than '{wordings[0]}':\n{said}")
    else:
        print(f"refused, as it must be: {wordings[0]}")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
