#!/usr/bin/env python3
"""Does with ./run what somebody at a terminal does: starts it on a fresh folder, looks at the shop, presses Ctrl-C, and
does so again; then asks for its help and for a build alone. How long each start took is told and judged by nobody.

Usage: two_starts.py RUN, with the release built already."""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

PATIENCE_S = 120  # for a start or an end on a busy machine
CTRL_C = b"\x03"
WELCOME = re.compile(rb"API +(http://127\.0\.0\.1:\d+)\b[\s\S]*Ctrl-C stops everything\.")


class Terminal:
    """A program with a terminal of its own, whose foreground process group it is, as a shell makes it."""

    def __init__(self, words, environment):
        self.said, self.begun = b"", time.monotonic()
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.execve(words[0], words, environment)

    def read(self, wait_s):
        """False when the program has closed the terminal."""
        if not select.select([self.end], [], [], wait_s)[0]:
            return True
        try:
            more = os.read(self.end, 65536)
        except OSError:  # nobody holds the other end any more
            return False
        self.said += more
        return more != b""

    def until(self, pattern):
        while not (found := pattern.search(self.said)):
            if not self.read(1) or time.monotonic() - self.begun > PATIENCE_S:
                raise AssertionError(f"never said {pattern.pattern!r}")
        return found

    def press(self, key):
        os.write(self.end, key)

    def exit_code(self):
        by = time.monotonic() + PATIENCE_S
        while self.read(0.1):
            if time.monotonic() > by:
                os.kill(self.process, signal.SIGKILL)
                raise AssertionError("it does not end")
        status = os.waitpid(self.process, 0)[1]
        os.close(self.end)
        self.process = 0
        return os.waitstatus_to_exitcode(status)

    def leave(self):
        """Whatever became of it, nothing of it stays."""
        if self.process != 0:
            os.kill(self.process, signal.SIGTERM)
            self.exit_code()


def mentioning(folder):
    """Processes that have anything of this folder on their command line or as the folder they work in."""
    found = []
    for at in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (at / "cmdline").read_bytes()
            where = os.readlink(at / "cwd")
        except OSError:
            continue
        if int(at.name) != os.getpid() and (os.fsencode(folder) in words or where.startswith(str(folder))):
            found.append(f"{at.name}: {words.replace(bytes(1), b' ').decode(errors='replace')} in {where}")
    return found


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def answer(address):
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as reply:
        return reply.status, reply.read()


def start_and_stop(run, data, first):
    shop = Terminal([run, "--data", str(data), "--listen", "127.0.0.1:0"], environment())
    try:
        address = shop.until(WELCOME).group(1).decode()
        expect(answer(address + "/readyz")[0] == 200, "not ready")
        took = time.monotonic() - shop.begun
        listed = answer(address + "/v1/shop/products?limit=1")[1]
        expect(b'"handle"' in listed, f"no sample shop: {listed!r}")
        expect((b"made up, and shown this once" in shop.said) == first, "the owner's password is shown once")
        home = (data / "postgres").resolve()
        lines = (home / "data/postmaster.pid").read_text().split("\n")
        postmaster, socket = int(lines[0]), pathlib.Path(lines[4]) / ".s.PGSQL.5432"
        expect(socket.exists() and pathlib.Path(f"/proc/{postmaster}").exists(), "no database to stop")
        shop.press(CTRL_C)
        code = shop.exit_code()
        expect(code == 0, f"exit code {code} after Ctrl-C")
        expect(not (home / "data/postmaster.pid").exists(), "postmaster.pid is left")
        expect(not socket.exists(), f"{socket} is left")
        expect(not pathlib.Path(f"/proc/{postmaster}").exists(), "the database runs on")
        left = mentioning(home) + mentioning(data)
        expect(not left, f"processes are left: {left}")
        print(f"The {'first' if first else 'second'} start was ready after {took:.2f} s.")
    except AssertionError as why:
        raise AssertionError(f"{why}; it said:\n{shop.said.decode(errors='replace')}") from None
    finally:
        shop.leave()


def environment():
    """Of whoever runs the tests, without what would make it another shop."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CARRACK_")}


def says(run, flag):
    ended = subprocess.run([run, flag], env=environment(), capture_output=True, text=True, timeout=600)
    expect(ended.returncode == 0, f"./run {flag}: exit code {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout + ended.stderr


def help_names_its_flags(run):
    told = says(run, "--help")
    for word in ("--build", "--data DIR", "--listen A:P", "build/release/carrack up --help"):
        expect(word in told, f"./run --help does not tell of {word}")


def build_makes_the_binary_and_stops(run):
    binary = pathlib.Path(run).parent / "build/release/carrack"
    expect("Built build/release/carrack." in says(run, "--build"), "./run --build does not say what it has built")
    version = subprocess.run([binary, "version"], env=environment(), capture_output=True, text=True, timeout=60)
    expect(version.returncode == 0 and version.stdout.strip() != "", f"{binary} does not run")


def main(run):
    above = pathlib.Path(tempfile.mkdtemp(prefix="carrack-run.", dir="/var/tmp"))
    above.chmod(0o755)  # PostgreSQL runs as another user when we are root
    data = above / "shop"
    tests = [
        ("--help", lambda: help_names_its_flags(run)),
        ("--build", lambda: build_makes_the_binary_and_stops(run)),
        ("the first start", lambda: start_and_stop(run, data, True)),
        ("the second start", lambda: start_and_stop(run, data, False)),
    ]
    passed = failed = 0
    try:
        for name, test in tests:
            try:
                test()
                passed += 1
            except Exception as why:  # one that fails does not hide the next
                failed += 1
                print(f"{name}: {why}", file=sys.stderr)
    finally:
        shutil.rmtree(above, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


sys.exit(main(os.path.abspath(sys.argv[1])))
