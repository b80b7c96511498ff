#!/usr/bin/env python3
"""The style guide as a test: says where the tree departs from it, one line for each fault.

    tidy.py [--root DIR] [--except CHECK] [CHECK...]     --list prints the checks; without one, all
    tidy.py --list
"""

import argparse
import ast
import hashlib
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source  # noqa: E402

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500

# What each layer may include, bottom to top. Domains come from src/domains.txt.
LAYERS = {
    "core": set(),
    "loop": {"core"},
    "markup": {"core"},
    "importer": {"core", "markup"},
    "db": {"core", "loop"},
    "http": {"core", "loop"},
    "crypto": {"core", "loop"},
    "observe": {"core", "loop"},
    "work": {"core", "loop", "db", "http", "crypto", "observe"},
}
ABOVE_DOMAINS = {"intake": {"importer"}, "sample": set()}  # and every domain; nothing but app includes them
BELOW_DOMAINS = {"core", "loop", "markup", "db", "http", "crypto", "observe", "work"}

# Costly or foreign headers: what includes them stays within its layer. Boost.JSON's value alone travels
# further, in the decoders of http.
CONFINED = re.compile(r"<(?:boost/asio|boost/beast|boost/json|libpq|postgres|sodium)")
TRAVELS = {"<boost/json/value.hpp>": "src/http/"}

CODE = {".cpp", ".hpp", ".py", ".sh", ".sql", ".ts", ".tsx", ".js", ".mjs", ".cmake", ".txt", ".toml", ".yml", ".css"}
TEXT = CODE | {".md", ".json", ".html", ".service", ""}
SKIPPED_FOLDERS = {".git", "build", "node_modules", ".carrack", "dist", "__pycache__"}


class Tree:
    """The project's files, as version control lists them, or all of them where there is none."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self._texts = {}
        self.paths = sorted(p for p in self._listed() if self._is_ours(p))

    def _listed(self):
        git = subprocess.run(
            ["git", "-C", str(self.root), "ls-files", "-co", "--exclude-standard", "-z", "."],
            capture_output=True, check=False)
        if git.returncode == 0 and (self.root / ".git").exists():
            return [p for p in git.stdout.decode().split("\0") if p and (self.root / p).is_file()]
        return [str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()]

    def _is_ours(self, path):
        parts = path.split("/")
        return not SKIPPED_FOLDERS & set(parts) and not path.startswith(("tests/data/", "admin/src/generated/"))

    def text(self, path):
        if path not in self._texts:
            raw = (self.root / path).read_bytes()
            self._texts[path] = "" if b"\0" in raw else raw.decode("utf-8", "replace")
        return self._texts[path]

    def under(self, *prefixes, suffixes=None):
        for p in self.paths:
            if p.startswith(prefixes) and (suffixes is None or Path(p).suffix in suffixes):
                yield p

    def domains(self):
        listed = self.root / "src/domains.txt"
        return listed.read_text().split() if listed.exists() else []


def check_file_length(tree):
    """No source file is longer than 500 lines."""
    for path in tree.paths:
        if Path(path).suffix in CODE and not path.endswith("package-lock.json"):
            lines = tree.text(path).count("\n")
            if lines > FILE_LINES_MAX:
                yield path, 1, f"has {lines} lines; {FILE_LINES_MAX} is the most"


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def check_function_length(tree):
    """No C++ or Python function is longer than 70 lines; in tests, the lines of its tables don't count."""
    for path in tree.paths:
        find = {".cpp": source.functions, ".hpp": source.functions, ".py": python_functions}.get(Path(path).suffix)
        text = tree.text(path)
        tables = source.table_lines(text) if path.startswith("tests/") and path.endswith("pp") else set()
        for first, last in find(text) if find else []:
            lines = sum(1 for n in range(first, last + 1) if n not in tables)
            if lines > FUNCTION_LINES_MAX:
                yield path, first, f"this function has {lines} lines; {FUNCTION_LINES_MAX} is the most"


STAR = re.compile(r"\b(?:select|returning)\s+(?:all\s+|distinct\s+)?(?:\w+\.)?\*", re.I)


def check_select_star(tree):
    """SQL lists its columns."""
    for path in tree.under("src/", "migrations/", "bench/", suffixes={".cpp", ".hpp", ".sql", ".py", ".sh", ".ts"}):
        text = tree.text(path)
        text = source.without_comments(text) if path.endswith(("pp", "ts")) else re.sub(r"--[^\n]*", "", text)
        for m in STAR.finditer(text):
            yield path, source.line_of(text, m.start()), "lists no columns: name the ones that are wanted"


FLOAT = re.compile(r"\b(?:float|double|strtod|strtof|stod|stof|stold|atof)\b")
SQL_FLOAT = re.compile(r"\b(?:real|double\s+precision|float[48]?)\b", re.I)
MONEY = re.compile(r"money|amount|price|currency|minor_units|(?:sub)?total|\btax|refund|discount|surcharge", re.I)
NEAR_LINES = 8


def check_floating_point_near_money(tree):
    """Domains and migrations know no floating point; nothing else uses it within 8 lines of money."""
    whole = tuple(f"src/{d}/" for d in tree.domains()) + ("src/work/", "src/core/money")
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        code = source.code_only(tree.text(path))
        lines = code.split("\n")
        for n, line in enumerate(lines):
            if not FLOAT.search(line):
                continue
            near = "\n".join(lines[max(0, n - NEAR_LINES) : n + NEAR_LINES + 1])
            if path.startswith(whole) or MONEY.search(near):
                yield path, n + 1, "uses floating point where money is: integers in minor units"
    for path in tree.under("migrations/", suffixes={".sql"}):
        text = re.sub(r"--[^\n]*", "", tree.text(path))
        for m in SQL_FLOAT.finditer(text):
            yield path, source.line_of(text, m.start()), "has a column of floating point"


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def layer_fault(own, other, target, domains):
    if own == "app" or own == other:
        return None
    if own in LAYERS:
        return None if other in LAYERS[own] else f"{own} may not include {other}"
    if own in ABOVE_DOMAINS:
        seen = other in ABOVE_DOMAINS[own] or other in BELOW_DOMAINS or other in domains
        return None if seen else f"{own} may not include {other}"
    if own not in domains:
        return f"src/{own} is in no layer: name it in src/domains.txt or in tests/tidy"
    if other in BELOW_DOMAINS:
        return None
    if other not in domains or domains.index(other) > domains.index(own):
        return f"{own} may not include {other}, which is not below it"
    if target not in (f"{other}/{other}.hpp", f"{other}/events.hpp"):
        return f"of {other}, only {other}.hpp and events.hpp are for other domains"
    return None


def check_layers(tree):
    """Includes point downward; domains see of each other only what is meant for them."""
    domains = tree.domains()
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        own = path.split("/")[1]
        text = tree.text(path)
        for m in INCLUDE.finditer(source.without_comments(text)):
            target = m.group(1)
            if "/" not in target or target.startswith("."):
                yield path, source.line_of(text, m.start()), f'"{target}": includes are written from src/'
                continue
            fault = layer_fault(own, target.split("/")[0], target, domains)
            if fault:
                yield path, source.line_of(text, m.start()), fault


FOREIGN = re.compile(r"^[ \t]*#[ \t]*include[ \t]+(<[^>]+>)", re.M)


def confined_headers(tree):
    """Headers of ours that bring a confined one, and which."""
    brings = {}
    for path in tree.under("src/", suffixes={".hpp"}):
        for m in FOREIGN.finditer(tree.text(path)):
            if CONFINED.match(m.group(1)) and not path.startswith(TRAVELS.get(m.group(1), "\0")):
                brings[path] = m.group(1)
    grown = True
    while grown:
        grown = False
        for path in tree.under("src/", suffixes={".hpp"}):
            for m in INCLUDE.finditer(tree.text(path)):
                if path not in brings and f"src/{m.group(1)}" in brings:
                    brings[path], grown = brings[f"src/{m.group(1)}"], True
    return brings


def check_confined_headers(tree):
    """Asio, Beast, libpq, libsodium and Boost.JSON don't reach into other layers through our headers."""
    brings = confined_headers(tree)
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        text = tree.text(path)
        for m in INCLUDE.finditer(text):
            target = f"src/{m.group(1)}"
            if target in brings and target.split("/")[1] != path.split("/")[1]:
                yield path, source.line_of(text, m.start()), f"{m.group(1)} brings {brings[target]} out of its layer"


def check_migrations(tree):
    """A migration that was released is never changed, and no number is given twice."""
    numbers = {}
    for path in tree.under("migrations/", suffixes={".sql"}):
        m = re.match(r"migrations/(\d{4})_\w+\.sql$", path)
        if m and numbers.setdefault(m.group(1), path) != path:
            yield path, 1, f"has the number of {numbers[m.group(1)]}"
    released = tree.root / "migrations/released.txt"
    if not released.exists():
        return
    for n, line in enumerate(released.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        digest, _, name = line.partition("  ")
        file = tree.root / "migrations" / name
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not name:
            yield "migrations/released.txt", n, "is not a line of sha256sum"
        elif not file.is_file():
            yield "migrations/released.txt", n, f"{name} was released and is gone"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield f"migrations/{name}", 1, "was released and has changed since: write a new migration"


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
    """A test names every endpoint's operation id."""
    tests = "\n".join(tree.text(p) for p in tree.under("tests/") if not p.startswith(("tests/tidy/", "tests/compile_fail/")))
    words = set(re.findall(r"\w+", tests))
    for path in tree.under("src/"):
        if not path.endswith(".hpp"):
            continue
        text = source.without_comments(tree.text(path))
        for m in re.finditer(r'\.id\s*=\s*"([^"]*)"', text):
            if m.group(1) not in words:
                yield path, source.line_of(text, m.start()), f"no test names {m.group(1)}"


CHECKS = {name[len("check_") :]: f for name, f in list(globals().items()) if name.startswith("check_")}


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
