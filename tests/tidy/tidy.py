#!/usr/bin/env python3
"""The style guide as a test: says where the tree departs from it, one line for each fault.

    tidy.py [--root DIR] [--except CHECK] [CHECK...]     --list prints the checks; without one, all
    tidy.py --list
"""

import argparse
import ast
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import includes  # noqa: E402
import money  # noqa: E402
import scripts  # noqa: E402
import source  # noqa: E402
import sql  # noqa: E402
from tree import CODE, TEXT, Tree  # noqa: E402

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500

def check_file_length(tree):
    """No source file is longer than 500 lines; a script without a suffix is one too."""
    for path in tree.paths:
        if Path(path).suffix in CODE or tree.is_script(path):
            lines = tree.text(path).count("\n")
            if lines > FILE_LINES_MAX:
                yield path, 1, f"has {lines} lines; {FILE_LINES_MAX} is the most"


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


FINDERS = {
    ".cpp": source.functions, ".hpp": source.functions, ".py": python_functions, ".sh": scripts.shell_functions,
    ".ts": scripts.functions, ".tsx": scripts.functions, ".js": scripts.functions, ".mjs": scripts.functions,
}
TABLES = {".cpp": source.table_lines, ".hpp": source.table_lines, ".ts": scripts.table_lines}


def check_function_length(tree):
    """No function is longer than 70 lines; in tests, the lines of its tables don't count."""
    for path in tree.paths:
        find = scripts.shell_functions if tree.is_script(path) else FINDERS.get(Path(path).suffix)
        text = tree.text(path)
        tables = TABLES.get(Path(path).suffix, lambda _: set())(text) if path.startswith("tests/") else set()
        for first, last in find(text) if find else []:
            lines = sum(1 for n in range(first, last + 1) if n not in tables)
            if lines > FUNCTION_LINES_MAX:
                yield path, first, f"this function has {lines} lines; {FUNCTION_LINES_MAX} is the most"


LEFT_OVER = re.compile(r"\b(?:TODO|FIXME)\b|(?<![\"'\w])XXX(?![\"'\w])")


def check_left_overs(tree):
    """Nothing is put off in a comment."""
    for path in tree.paths:
        if Path(path).suffix in TEXT and not path.startswith("tests/tidy/"):
            text = tree.text(path)
            for m in LEFT_OVER.finditer(text):
                yield path, source.line_of(text, m.start()), f"{m.group()}: do it, or write an issue"


MACHINE = re.compile(r"(?<![\w.)}*])/(?:work/|tmp/bash)")


def check_machine_paths(tree):
    """Nothing names a path of one machine."""
    for path in tree.paths:
        if Path(path).suffix in TEXT and not path.startswith("tests/tidy/"):
            text = tree.text(path)
            for m in MACHINE.finditer(text):
                yield path, source.line_of(text, m.start()), f"{m.group()} exists on one machine only"


def check_endpoints_are_tested(tree):
    """A test asks every endpoint: its operation id stands between quotes."""
    tests = "\n".join(tree.text(p) for p in tree.under("tests/") if not p.startswith(("tests/tidy/", "tests/compile_fail/")))
    words = set(re.findall(r"[\"'`](\w+)[\"'`]", tests))
    for path in tree.under("src/"):
        if not path.endswith(".hpp"):
            continue
        text = source.without_comments(tree.text(path))
        for m in re.finditer(r'\.id\s*=\s*"([^"]*)"', text):
            if m.group(1) not in words:
                yield path, source.line_of(text, m.start()), f"no test names {m.group(1)}"


DECISION = re.compile(r"docs/adr/((\d{4})-[a-z0-9-]+\.md)")
ROW = re.compile(r"^\| (\d+) \| \[([^\]]+)\]\(([^)]+)\) \|", re.M)


def check_decisions(tree):
    """Every decision has a number and a title of its own, and the index in docs/adr/README.md names it."""
    index = "docs/adr/README.md"
    rows = {name: (number, title) for number, title, name in ROW.findall(tree.text(index) if index in tree.paths else "")}
    numbers = {}
    for path in tree.under("docs/adr/"):
        m = DECISION.fullmatch(path)
        if not m:
            if path != index:
                yield path, 1, "is no decision: docs/adr/NNNN-title.md"
            continue
        name, number = m.group(1), str(int(m.group(2)))
        heading = re.match(rf"# {number}\. (\S.*)\n", tree.text(path))
        if numbers.setdefault(number, path) != path:
            yield path, 1, f"has the number of {numbers[number]}"
        elif not heading:
            yield path, 1, f"must begin with '# {number}. ' and its title"
        elif rows.pop(name, None) != (number, heading.group(1)):
            yield path, 1, f"{index} needs the row: | {number} | [{heading.group(1)}]({name}) | what it says in a line |"
    for name in rows:
        if f"docs/adr/{name}" not in tree.paths:
            yield index, 1, f"{name} is not there"


CHECKS = {
    name.removeprefix("check_"): check
    for where in (globals(), vars(includes), vars(sql), vars(money))
    for name, check in list(where.items())
    if name.startswith("check_")
}


def faults(tree, names):
    for name in names:
        for path, line, what in CHECKS[name](tree):
            yield f"{path}:{line}: {what} [{name}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2])
    parser.add_argument("--list", action="store_true", help="print the checks")
    parser.add_argument("--except", dest="left_out", metavar="CHECK", action="append", default=[])
    parser.add_argument("checks", nargs="*", metavar="CHECK")
    given = parser.parse_args()
    if given.list:
        for name, check in CHECKS.items():
            print(f"{name}: {check.__doc__}")
        return 0
    unknown = [c for c in given.checks + given.left_out if c not in CHECKS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}; --list prints them")
    tree = Tree(given.root)
    if not any(True for _ in tree.under("src/")):
        parser.error(f"there is no src/ under {given.root}")
    found = list(faults(tree, [c for c in given.checks or CHECKS if c not in given.left_out]))
    print("\n".join(found) if found else f"{len(tree.paths)} files, no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
