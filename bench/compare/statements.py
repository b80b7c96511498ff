"""From PostgreSQL's own log of what the server sent to the same statements as a script of pgbench."""

import re
from dataclasses import dataclass, field

from .machine import Failed

ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ UTC \[(\d+)\] (\w+):  ", re.M)
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


@dataclass
class Statement:
    name: str
    sql: str
    parameters: dict = field(default_factory=dict)  # number: text or None


def read_log(text):
    """The statements in the order in which PostgreSQL executed them, with their parameters; without the settings
    of a new connection, see Shop.statements_of."""
    marks = list(ENTRY.finditer(text))
    ends = [m.start() for m in marks[1:]] + [len(text)]
    found, last_of = [], {}
    for mark, end in zip(marks, ends):
        process, kind = mark.groups()
        said = text[mark.end():end].rstrip("\n").replace("\n\t", "\n")
        executed = re.match(r"execute ([^:]+): ", said)
        if kind == "LOG" and executed:
            last_of[process] = Statement(executed.group(1), said[executed.end():].strip())
            found.append(last_of[process])
        elif kind == "DETAIL" and said.lower().startswith("parameters: "):
            for number, value in PARAMETER.findall(said):
                last_of[process].parameters[int(number)] = (
                    None if value == "NULL" else value[1:-1].replace("''", "'"))
        elif kind in ("ERROR", "FATAL"):
            raise Failed(f"PostgreSQL logged: {said}")
    found = [s for s in found if not s.sql.startswith("set ")]
    if not found:
        raise Failed("PostgreSQL logged no statement of the server")
    return found


def variable(statement, number):
    return f"s{statement}p{number}"


def as_script(statements, varying, waits_after=None):
    """The statements as a pgbench script and the -D flags of the parameters that stay the same.

    `varying` are the names of variables that the script's own beginning sets. With `waits_after`, the names of
    the statements whose answers the server needs before it goes on, everything between is one pipeline."""
    lines, flags, open_pipeline = [], [], False
    for i, s in enumerate(statements):
        if waits_after is not None and not open_pipeline:
            lines.append("\\startpipeline")
            open_pipeline = True

        def placeholder(match, i=i, s=s):
            number = int(match.group(1))
            if s.parameters[number] is None:  # pgbench has no null variables
                return "null"
            name = variable(i, number)
            if name not in varying:
                flags.append(f"-D{name}={s.parameters[number]}")
            return ":" + name

        lines.append(re.sub(r"\$(\d+)", placeholder, s.sql) + ";")
        if open_pipeline and s.name in waits_after:
            lines.append("\\endpipeline")
            open_pipeline = False
    if open_pipeline:
        lines.append("\\endpipeline")
    return "\n".join(lines) + "\n", sorted(set(flags))
