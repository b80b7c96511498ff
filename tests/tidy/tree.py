"""The project's files, and what src/layers.txt and src/domains.txt say about them."""

import re
import subprocess
from pathlib import Path

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
        generated = ("tests/data/", "tests/fuzz/seeds/", "tests/api/generated/", "admin/src/generated/")
        return not SKIPPED_FOLDERS & set(parts) and not path.startswith(generated)

    def text(self, path):
        if path not in self._texts:
            raw = (self.root / path).read_bytes()
            self._texts[path] = "" if b"\0" in raw else raw.decode("utf-8", "replace")
        return self._texts[path]

    def under(self, *prefixes, suffixes=None):
        for p in self.paths:
            if p.startswith(prefixes) and (suffixes is None or Path(p).suffix in suffixes):
                yield p

    def is_script(self, path):
        return Path(path).suffix == ".sh" or (Path(path).suffix == "" and self.text(path).startswith("#!"))

    def domains(self):
        listed = self.root / "src/domains.txt"
        return listed.read_text().split() if listed.exists() else []

    def layers(self):
        """Of each layer: the folders under src/ that it may include, and the groups of foreign headers."""
        table = {}
        for line in (self.root / "src/layers.txt").read_text().splitlines():
            m = re.fullmatch(r"(\w+)\s*:([\w\s]*)\|([\w\s]*)", line)
            if m:
                table[m.group(1)] = (set(m.group(2).split()), set(m.group(3).split()))
        domains = self.domains()
        ours, foreign = table.pop("domain", (set(), set()))
        for n, domain in enumerate(domains):
            table[domain] = (ours | set(domains[:n]), foreign)
        return {name: (o - {"domains"} | set(domains if "domains" in o else ()), f) for name, (o, f) in table.items()}
