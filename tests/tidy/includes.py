"""Who includes what: the layers of src/layers.txt, the domains of src/domains.txt, and other people's headers."""

import re

import source

# A group of foreign headers is what src/layers.txt calls it.
GROUPS = {
    "asio": r"boost/asio\b.*",
    "beast": r"boost/beast\b.*",
    "describe": r"boost/describe\b.*",
    "json": r"boost/json\b.*",
    "fmt": r"fmt/.*",
    "gumbo": r"gumbo\.h",
    "libpq": r"libpq.*|postgres.*|pg_config.*",
    "sodium": r"sodium(?:\.h|/.*)",
    "toml": r"toml\+\+/.*",
    "utf8proc": r"utf8proc\.h",
    "xxhash": r"xxhash\.h",
    "posix": r"(?:sys|netinet|arpa|net|linux)/\w+\.h"
    r"|(?:unistd|fcntl|poll|signal|pthread|pwd|grp|dirent|dlfcn|netdb|termios|sched|spawn|time|errno)\.h",
}
STANDARD = re.compile(r"[a-z_]+")

# Costly or foreign headers: what includes them stays within its layer. Boost.JSON's value alone travels
# further, in the decoders of http.
CONFINED = re.compile(r"<(?:boost/asio|boost/beast|boost/json|libpq|postgres|sodium|utf8proc)")
TRAVELS = {"<boost/json/value.hpp>": "src/http/"}

QUOTED = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
ANGLED = re.compile(r"^[ \t]*#[ \t]*include[ \t]*(<[^>]+>)", re.M)


def layer_fault(own, target, layers, domains):
    other = target.split("/")[0]
    if own not in layers:
        return f"src/{own} is in no layer: name it in src/domains.txt or in src/layers.txt"
    if own == other:
        return None
    if other not in layers[own][0]:
        if own in domains and other in domains:
            return f"{own} may not include {other}, which is not below it"
        return f"{own} may not include {other}"
    if own in domains and other in domains and target not in (f"{other}/{other}.hpp", f"{other}/events.hpp"):
        return f"of {other}, only {other}.hpp and events.hpp are for other domains"
    return None


def check_layers(tree):
    """Includes point downward; domains see of each other only what is meant for them."""
    domains, layers = tree.domains(), tree.layers()
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        own = path.split("/")[1]
        text = source.without_comments(tree.text(path))
        for m in QUOTED.finditer(text):
            target = m.group(1)
            if "/" not in target or target.startswith("."):
                fault = f'"{target}": includes are written from src/'
            else:
                fault = layer_fault(own, target, layers, domains)
            if fault:
                yield path, source.line_of(text, m.start()), fault


def foreign_fault(own, header, allowed, folders):
    if header.split("/")[0] in folders and "/" in header:
        return f'<{header}> is ours: write it in quotes, where the layers are checked'
    if STANDARD.fullmatch(header):
        return None
    group = next((name for name, pattern in GROUPS.items() if re.fullmatch(pattern, header)), None)
    if group is None:
        return f"<{header}> is in no group of tests/tidy/includes.py"
    return None if group in allowed else f"{own} may not include <{header}>: src/layers.txt gives it no {group}"


def check_foreign_headers(tree):
    """Each layer includes only those libraries that src/layers.txt gives it."""
    layers = tree.layers()
    folders = {p.split("/")[1] for p in tree.under("src/") if p.count("/") > 1}
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        own = path.split("/")[1]
        text = source.without_comments(tree.text(path))
        for m in ANGLED.finditer(text):
            fault = foreign_fault(own, m.group(1)[1:-1], layers.get(own, (set(), set(GROUPS)))[1], folders)
            if fault:
                yield path, source.line_of(text, m.start()), fault


def confined_headers(tree):
    """Headers of ours that bring a confined one, and which."""
    brings = {}
    for path in tree.under("src/", suffixes={".hpp"}):
        for m in ANGLED.finditer(tree.text(path)):
            if CONFINED.match(m.group(1)) and not path.startswith(TRAVELS.get(m.group(1), "\0")):
                brings[path] = m.group(1)
    grown = True
    while grown:
        grown = False
        for path in tree.under("src/", suffixes={".hpp"}):
            for m in QUOTED.finditer(tree.text(path)):
                if path not in brings and f"src/{m.group(1)}" in brings:
                    brings[path], grown = brings[f"src/{m.group(1)}"], True
    return brings


def check_confined_headers(tree):
    """Asio, Beast, libpq, libsodium and Boost.JSON don't reach into other layers through our headers."""
    brings = confined_headers(tree)
    for path in tree.under("src/", suffixes={".cpp", ".hpp"}):
        text = tree.text(path)
        for m in QUOTED.finditer(text):
            target = f"src/{m.group(1)}"
            if target in brings and target.split("/")[1] != path.split("/")[1]:
                yield path, source.line_of(text, m.start()), f"{m.group(1)} brings {brings[target]} out of its layer"
