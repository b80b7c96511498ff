"""No floating point where money is, in C++ and in SQL."""

import re

import source
import sql

FLOAT = re.compile(r"\b(?:float|double|strtod|strtof|stod|stof|stold|atof)\b")
# 0.19, .5f, 1e3, 1'000.0: not 0x1e3, and not the dots of a range or of a member.
FLOAT_LITERAL = re.compile(r"(?<![\w.'])(?:\d[\d']*\.[\d']*(?:e[+-]?\d+)?|\.\d[\d']*(?:e[+-]?\d+)?|\d[\d']*e[+-]?\d+)[fl]?(?![\w.])", re.I)
NAMES = r"money|amount|price|currency|minor|(?:sub)?total|\btax|refund|discount|surcharge"
MONEY = re.compile(NAMES, re.I)
NEAR_LINES = 8

SQL_TYPE = r"(?:real|double\s+precision|float[48]?)\b"
SQL_FLOAT = re.compile(rf"\b{SQL_TYPE}", re.I)
SQL_CAST = re.compile(rf"(?:::\s*|\bas\s+){SQL_TYPE}", re.I)
SQL_FACTOR = re.compile(r"[*/]\s*\d*\.\d|\d\.\d*\s*[*/]")
SQL_WORDS = re.compile(  # what statements and their parts begin with or hold, and English hardly does
    r"\b(?:select|insert\s+into|delete\s+from|returning|coalesce\(|sum\()|\bset\s+\w+\s*=|"
    r"^\s*(?:and|or|where|from|join|left|order\s+by|values)\b")
SQL_DIVISION = re.compile(rf"\b\w*(?:{NAMES})\w*\)*\s*/\s*[\w$(:]|[\w)]\s*/\s*\(*\s*(?:\w+\.)?\w*(?:{NAMES})\w*", re.I)


def faults_in_code(path, text, whole):
    lines = source.code_only(text).split("\n")
    for n, line in enumerate(lines):
        if not FLOAT.search(line) and not FLOAT_LITERAL.search(line):
            continue
        near = "\n".join(lines[max(0, n - NEAR_LINES) : n + NEAR_LINES + 1])
        if path.startswith(whole) or MONEY.search(near):
            yield path, n + 1, "uses floating point where money is: integers in minor units"


def faults_in_sql(path, text):
    """In each piece of text that reads as SQL."""
    for piece in re.finditer(r"[^\0\1]+", text):
        if not SQL_WORDS.search(piece.group()) or "/v1/" in piece.group():
            continue
        for pattern, what in ((SQL_CAST, "casts to floating point"), (SQL_FACTOR, "multiplies by a fraction"),
                              (SQL_DIVISION, "divides money: that is for a function that says who gets the rest")):
            for m in pattern.finditer(piece.group()):
                yield path, source.line_of(text, piece.start() + m.start()), what


def check_floating_point_near_money(tree):
    """Domains and migrations know no floating point; nothing else uses it within 8 lines of money."""
    whole = tuple(f"src/{d}/" for d in tree.domains()) + ("src/work/", "src/core/money")
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        yield from faults_in_code(path, tree.text(path), whole)
        if path.startswith(whole):
            yield from faults_in_sql(path, sql.sql_in(tree, path))
    for path in tree.under("migrations/", suffixes={".sql"}):
        text = sql.sql_in(tree, path)
        for m in SQL_FLOAT.finditer(text):
            yield path, source.line_of(text, m.start()), "has a column of floating point"
        for m in SQL_DIVISION.finditer(text):
            yield path, source.line_of(text, m.start()), "divides money"
