"""What the style test knows about C++: enough to tell code from comments and strings, and to find where a
function or a table begins and ends. Everything keeps its line."""

import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.S,
)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def blanked(text):
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The text with comments, strings and characters blanked."""
    return TOKEN.sub(lambda m: blanked(m.group()), text)


def without_comments(text):
    """The text with comments blanked; strings stay."""
    return TOKEN.sub(lambda m: blanked(m.group()) if m.group().startswith(("//", "/*")) else m.group(), text)


def strings_only(text):
    """What stands in strings, everything else blanked. Strings that stand side by side are one, as to the compiler;
    what stands between others becomes \\1, or \\0 where a statement or a list ends."""
    out, end = [], 0
    for m in TOKEN.finditer(text):
        token = m.group()
        if token.startswith(("//", "/*", "'")):
            continue
        out.append(gap(text[end : m.start()]))
        open_, close = (token.index("(") + 1, token.rindex(")")) if token.startswith("R") else (1, len(token) - 1)
        out += [blanked(token[:open_]), token[open_:close], blanked(token[close:])]
        end = m.end()
    return "".join(out) + blanked(text[end:])


def gap(between):
    code = code_only(between)
    blank = blanked(between)
    if not code.strip():
        return blank
    at = len(code) - len(code.lstrip())
    return blank[:at] + ("\0" if re.search(r"[;{}]", code) else "\1") + blank[at + 1 :]


def without_directives(code):
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: blanked(m.group()), code, flags=re.M)


LAMBDA = re.compile(r"=\s*\[[^\]]*\]\s*(?:\([^;]*\))?\s*(?:mutable|noexcept|->[^{]*)*$")
TYPE_OR_NAMESPACE = re.compile(r"(?:template\s*<.*>\s*)?(?:requires\b.*)?(?:inline )*(?:namespace|class|struct|union|enum)\b")
# BOOST_DESCRIBE_STRUCT(…) and its like need no semicolon after them.
MACRO_CALL = re.compile(r"\s*[A-Z][A-Z0-9_]+\s*\((?:[^()]|\([^()]*\))*\)\s*")
MEMBER_INITIALISER = re.compile(r"\)\s*(?:noexcept\s*)?:[^:]")


def opens_function(head):
    head = re.sub(r"\s+", " ", head).strip()
    if LAMBDA.search(head):
        return True
    if TYPE_OR_NAMESPACE.match(head) or head.startswith("extern "):
        return False
    return "(" in head and not head.endswith("=")


class Scanner:
    """Walks over braces and remembers what each of them opened."""

    def __init__(self, text):
        self.code = without_directives(code_only(text))
        self.found = []  # (first line, last line) of functions that are not inside another
        self.open = []  # (is a function, where its head starts)
        self.head = None

    def run(self):
        for m in re.finditer(r"[{};\n]|[^\s{};]+", self.code):
            step = {"{": self.brace, "}": self.close, ";": self.end, "\n": self.newline}.get(m.group())
            if step:
                step(m.start())
            elif self.head is None:
                self.head = m.start()
        return self.found

    def inside_function(self):
        return any(is_function for is_function, _ in self.open)

    def brace(self, at):
        start = at if self.head is None else self.head
        is_function = not self.inside_function() and opens_function(self.code[start:at])
        self.open.append((is_function, start))
        self.head = None

    def close(self, at):
        is_function, start = self.open.pop() if self.open else (False, at)
        self.head = None
        if not is_function:
            return
        follows = self.code[at + 1 : at + 200].lstrip()[:1]
        if follows in (",", "{") and MEMBER_INITIALISER.search(self.code[start:at]):
            self.head = start  # a member was initialised with braces: the constructor's head goes on
        else:
            self.found.append((line_of(self.code, start), line_of(self.code, at)))

    def end(self, _):
        if not self.inside_function():
            self.head = None

    def newline(self, at):
        if self.head is None or not MACRO_CALL.fullmatch(self.code[self.head : at]):
            return
        if not self.code[at:].lstrip().startswith("{"):
            self.head = None


def functions(text):
    """(first line, last line) of every function that is not inside another one."""
    return Scanner(text).run()


NOT_A_NAME = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable", "co_return"}


def table_lines(text):
    """The lines that lie wholly inside the braces of an initialiser."""
    code = without_directives(code_only(text))
    lines, stack = set(), []
    for m in re.finditer(r"[{}]", code):
        if m.group() == "{":
            before = code[: m.start()].rstrip()[-80:]
            word = re.search(r"[A-Za-z_]\w*$", before)
            statement = re.split(r"[;{}]", before)[-1]
            is_name = word and word.group() not in NOT_A_NAME and not TYPE_OR_NAMESPACE.match(statement.strip())
            stack.append(m.start() if before.endswith(("=", "(", ",")) or is_name else None)
        elif stack:
            start = stack.pop()
            if start is not None:
                lines.update(range(line_of(code, start) + 1, line_of(code, m.start())))
    return lines
