"""Processes, temporary files and what they cost: everything that is started here is stopped here."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
CARRACK = BUILD / "carrack"


class Failed(Exception):
    """Something outside went wrong; the message is for people."""


class Machine:
    """A temporary folder and the processes that run on it; leaving it ends them and removes the folder."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="carrack-bench."))
        self.folder.chmod(0o711)  # PostgreSQL and nginx run as other users when we are root
        self.running = []
        return self

    def __exit__(self, kind, why, trace):
        if isinstance(why, Failed) and (said := self.complaints()):
            why.args = (f"{why}\n{said}",)
        for process in reversed(self.running):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *command, log, environment=None):
        """A process that ends with us, whatever happens to us."""
        with open(self.folder / log, "ab") as out:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})})
        self.running.append(process)
        return process

    def complaints(self):
        """The last of what our programs complained about."""
        lines = [line for log in sorted(self.folder.glob("*.log"))
                 for line in log.read_text(errors="replace").splitlines()
                 if re.search(r'"level":"(warning|error)"|\[(error|emerg)\]|ERROR|FATAL', line)]
        return "\n".join(lines[-5:])

    def stop(self, process):
        self.running.remove(process)
        stop(process)

    @contextlib.contextmanager
    def keep(self, process):
        try:
            yield process
        finally:
            self.stop(process)


def stop(process, patience=30):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def output_of(*command, given=None, environment=None):
    done = subprocess.run([str(c) for c in command], input=given, capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command[:3]))} … ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, look, process=None, patience=60):
    by = time.monotonic() + patience
    while time.monotonic() < by:
        if found := look():
            return found
        if process is not None and process.poll() is not None:
            raise Failed(f"{what}: the process ended with {process.returncode}")
        time.sleep(0.02)
    raise Failed(f"{what}: nothing after {patience} s")


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def cpu_seconds(pid):
    """User and system time of a process and its children that are alive."""
    ticks = 0
    for one in [pid, *children_of(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(c) for c in listed.read_text().split()] if listed.exists() else []


def memory_mb(pid):
    """(resident now, most ever) in MB of 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    kib = {name: int(value) for name, value in re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.M)}
    return kib["VmRSS"] * 1024 / 1e6, kib["VmHWM"] * 1024 / 1e6


def environment():
    def first(pattern, text):
        found = re.search(pattern, text, re.M)
        return found.group(1).strip() if found else "unknown"

    compiler = first(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text())
    dirty = output_of("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no").strip() != ""
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": output_of("git", "-C", ROOT, "rev-parse", "--short=10", "HEAD").strip() + ("+" if dirty else ""),
        "cpu": first(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(first(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())) * 1024 / 1e9, 1),
        "kernel": os.uname().release,
        "compiler": output_of(compiler, "--version").splitlines()[0],
        "load_average_at_start": os.getloadavg()[0],
    }
