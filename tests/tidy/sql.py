"""What the style test knows about SQL: in migrations, in scripts, and in the strings of C++ and TypeScript."""

import hashlib
import re
from pathlib import Path

import source

LISTS = re.compile(r"\b(?:select|returning)\b", re.I)
LIST_ENDS = re.compile(r"\b(?:from|into|where|union|group|order|limit|for|on)\b", re.I)
STAR = re.compile(r"(?:(?:all|distinct)\s+)?(?:\w+\.|\([\w\s.]+\)\.)*\*", re.I)
LIST_LENGTH_MAX = 8000


def sql_in(tree, path):
    """What may be SQL in a file: its strings, or all of it but the comments. Lines stay."""
    text = tree.text(path)
    if Path(path).suffix in (".cpp", ".hpp", ".ts", ".js"):
        text = source.strings_only(text)
    return re.sub(r"--[^\n]*", "", text)


def list_items(text, start):
    """(offset, item) of the comma-separated list that begins there, as far as its own parentheses reach."""
    depth, begin = 0, start
    for m in re.finditer(r"[(),;\0]|[\w$]+|[^\s\w]", text[start : start + LIST_LENGTH_MAX]):
        at, token = start + m.start(), m.group()
        ends = token in ";\0" or (depth == 0 and (token == ")" or LIST_ENDS.fullmatch(token)))
        if ends or (token == "," and depth == 0):
            yield begin, text[begin:at]
            begin = at + 1
            if ends:
                return
        depth += {"(": 1, ")": -1}.get(token, 0)
    yield begin, text[begin : start + LIST_LENGTH_MAX]


def check_select_star(tree):
    """SQL lists its columns."""
    for path in tree.under("src/", "migrations/", "bench/", suffixes={".cpp", ".hpp", ".sql", ".py", ".sh", ".ts"}):
        text = sql_in(tree, path)
        for m in LISTS.finditer(text):
            for at, item in list_items(text, m.end()):
                if STAR.fullmatch(item.strip()):
                    yield path, source.line_of(text, at), "lists no columns: name the ones that are wanted"


CREATES = re.compile(r"\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+\.\w+)", re.I)
CHANGES = re.compile(r"\b(?:alter\s+table|insert\s+into|update|delete\s+from|drop\s+table|truncate)"
                     r"\s+(?:only\s+|if\s+exists\s+)*(\w+\.\w+)", re.I)
INDEXES = re.compile(r"\bcreate\s+(?:unique\s+)?index\s[^;(]*?\bon\s+(?:only\s+)?(\w+\.\w+)", re.I)
MIGRATION = re.compile(r"migrations/(\d{4})_([a-z]+)(?:_\w+)?\.sql")
SCHEMAS_OF_LAYERS = {"ops": "work"}  # of migrations that are no domain's: the layer that owns them

# Who reads a table that is another's, each for its reason.
CROSSINGS = {
    # Rights and keys that are kept in memory are counted in the one row of versions that the layer work asks for.
    "identity": {"ops.versions"},
    # Whether there is a shop already, and its past: as the tables' owner it dates back what it has just made through the
    # domains' own functions, none of which may rewrite history.
    "sample": {"audit.entries", "catalog.categories", "catalog.media", "catalog.products", "catalog.variants", "identity.users",
               "inventory.locations", "inventory.movements", "sales.order_heads", "sales.order_places",
               "sales.order_status_history", "sales.orders", "sales.payment_events", "sales.payments"},
    # A cart's order is a foreign key that can only be made when there are orders.
    "migrations/0007_orders.sql": {"sales.carts"},
    # An order and its cart name each other; the key for that is the cart's.
    "migrations/0010_orders_money_and_names.sql": {"sales.carts"},
}


def owners(tree):
    """Of each table, the folder under src/ whose migration creates it."""
    owned = {}
    for path in tree.under("migrations/", suffixes={".sql"}):
        m = MIGRATION.fullmatch(path)
        if m:
            owner = SCHEMAS_OF_LAYERS.get(m.group(2), m.group(2))
            owned.update((t.lower(), owner) for t in CREATES.findall(sql_in(tree, path)))
    return owned


def check_tables_of_others(tree):
    """The SQL of a folder names only tables that its own migrations created."""
    owned = owners(tree)
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        own = path.split("/")[1]
        text = sql_in(tree, path)
        for m in re.finditer(r"\b[a-z_]+\.[a-z_]+\b", text):
            owner = owned.get(m.group(), own)
            if owner != own and m.group() not in CROSSINGS.get(own, ()):
                yield path, source.line_of(text, m.start()), f"{m.group()} belongs to {owner}: ask it"
    for path in tree.under("migrations/", suffixes={".sql"}):
        m = MIGRATION.fullmatch(path)
        own = m and SCHEMAS_OF_LAYERS.get(m.group(2), m.group(2))
        text = sql_in(tree, path)
        for m in [*CHANGES.finditer(text), *INDEXES.finditer(text)] if own else []:
            owner = owned.get(m.group(1).lower(), own)
            if owner != own and m.group(1).lower() not in CROSSINGS.get(path, ()):
                yield path, source.line_of(text, m.start()), f"{m.group(1)} belongs to {owner}, this migration to {own}"


def check_migrations(tree):
    """A migration names its number and its domain; none that was released is ever changed."""
    numbers = {}
    known = set(tree.domains()) | set(SCHEMAS_OF_LAYERS)
    for path in tree.under("migrations/", suffixes={".sql"}):
        m = MIGRATION.fullmatch(path)
        if m and numbers.setdefault(m.group(1), path) != path:
            yield path, 1, f"has the number of {numbers[m.group(1)]}"
        if m and m.group(2) not in known:
            yield path, 1, f"{m.group(2)} is no domain: a migration is named NNNN_<domain>_<what>.sql"
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
