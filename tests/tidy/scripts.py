"""What the style test knows about TypeScript, JavaScript and shell: where a function begins and ends."""

import re

from source import blanked, line_of

BEFORE_A_PATTERN = re.compile(r"(?:^|[(,=:\[!&|?{};+\n]|=>|\breturn|\btypeof)\s*$")
PATTERN = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
QUIET = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
NOT_FUNCTIONS = {"if", "for", "while", "switch", "catch", "with", "await"}
RETURN_TYPE = re.compile(r"\)\s*:\s*(?:[^;(){}=?]|\{[^{}]*\})+$")


def code_of(text):
    """Comments, strings, templates and patterns blanked; what a template calculates stays code."""
    out, at, templates = [], 0, []  # of each open template: how deep in braces its ${ is
    depth = 0

    def template_part(start):
        m = re.compile(r"(?:\\.|(?!\$\{)[^`\\])*(`|\$\{|$)", re.S).match(text, start)
        if m.group(1) == "${":
            templates.append(depth)
        return m.end()

    while at < len(text):
        c = text[at]
        end = at + 1
        m = QUIET.match(text, at)
        if m:
            end = m.end()
        elif c == "`":
            end = template_part(at + 1)
        elif c == "}" and templates and templates[-1] == depth:
            templates.pop()
            end = template_part(at + 1)
        elif c == "/" and BEFORE_A_PATTERN.search("".join(out[-40:])) and PATTERN.match(text, at):
            end = PATTERN.match(text, at).end()
        else:
            depth += {"{": 1, "}": -1}.get(c, 0)
            out.append(c)
            at = end
            continue
        out.append(blanked(text[at:end]))
        at = end
    return "".join(out)


def opens_function(before):
    before = before.rstrip()
    if before.endswith("=>"):
        return True
    typed = RETURN_TYPE.search(before)
    if typed:
        before = before[: typed.start() + 1]
    if not before.endswith(")"):
        return False
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[at], 0)
        if depth == 0:
            word = re.search(r"[\w$]+(?=\s*(?:<[^<>()]*>)?\s*$)", before[:at])
            return word is None or word.group() not in NOT_FUNCTIONS
    return False


def functions(text):
    """(first line, last line) of every function of TypeScript or JavaScript that is not inside another one."""
    code = code_of(text)
    found, opened, inside = [], [], 0
    for m in re.finditer(r"[{}]", code):
        if m.group() == "{":
            is_function = opens_function(code[max(0, m.start() - 2000) : m.start()])
            opened.append((is_function, m.start()))
            inside += is_function
        elif opened:
            is_function, start = opened.pop()
            inside -= is_function
            if is_function and inside == 0:
                found.append((line_of(code, start), line_of(code, m.start())))
    return found


def table_lines(text):
    """The lines that begin inside an object or an array, those of functions in them left out."""
    code = code_of(text)
    lines, opened = set(), []
    for m in re.finditer(r"[{}\[\]]|\n", code):
        if m.group() == "\n":
            # A line that begins by closing the table belongs to the statement around it.
            if opened and opened[-1] and not re.match(r"\s*[}\]]", code[m.end() : m.end() + 200]):
                lines.add(line_of(code, m.end()))
        elif m.group() in "{[":
            before = code[max(0, m.start() - 2000) : m.start()].rstrip()
            is_function = m.group() == "{" and opens_function(before)
            opened.append(not is_function and before.endswith(("=", "(", ",", ":", "[", "?", "return", "...")))
        elif opened:
            opened.pop()
    return lines


def shell_functions(text):
    """(first line, last line) of every function of a shell script that begins and ends at the margin."""
    for m in re.finditer(r"^(?:function +)?[\w-]+ *\(\) *\{[^\n]*\n(.*?)^\}", text, re.M | re.S):
        yield line_of(text, m.start()), line_of(text, m.end())
