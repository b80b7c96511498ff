"""The load: wrk, the project's own `load`, pgbench; and nginx to stand beside."""

import json
import os
import re
import tempfile
from pathlib import Path

from . import machine
from .machine import BUILD, Failed

NGINX = os.environ["NGINX"]  # found, or fetched, by bench/run


def request(verb, path, headers=(), body=""):
    fields = ["Host: localhost", *headers]
    if body:
        fields += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return f"{verb} {path} HTTP/1.1\r\n" + "\r\n".join(fields) + "\r\n\r\n" + body


def write_requests(file, requests):
    with open(file, "wb") as out:
        for one in requests:
            raw = one.encode()
            out.write(b"%d\n%s" % (len(raw), raw))
    return file


def load(port, connections, requests, seconds=None, bodies=None):
    flags = ["--seconds", seconds] if seconds else []
    if bodies:
        flags += ["--bodies", bodies]
    said = json.loads(machine.output_of(BUILD / "bench/load", "--port", port, "--connections", connections,
                                        "--requests", requests, *flags))
    wrong = {status: n for status, n in said["statuses"].items() if not status.startswith("2")}
    if wrong:
        raise Failed(f"answers that are no success: {wrong}")
    return said


def wrk(port, path, connections, seconds):
    said = machine.output_of("wrk", "-t", min(2, os.cpu_count()), "-c", connections, "-d", f"{seconds}s", "--latency",
                             f"http://127.0.0.1:{port}{path}")
    if "Non-2xx" in said or "Socket errors" in said:
        raise Failed(f"wrk saw errors:\n{said}")
    count, took = re.search(r"(\d+) requests in ([\d.]+)s", said).groups()
    p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    return {"requests": int(count), "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1)),
            "p99_us": float(p99) * {"us": 1, "ms": 1000, "s": 1e6}[unit], "seconds": float(took)}


def pgbench(url, script, flags, clients, seconds=None, transactions=None, settings=""):
    how_long = ["-T", seconds] if seconds else ["-t", transactions]
    said = machine.output_of("pgbench", "-n", "-M", "prepared", "-c", clients, "-j", min(2, os.cpu_count()), *how_long,
                             *flags, "-f", script, url, environment={"PGOPTIONS": settings})
    failed = re.search(r"number of failed transactions: (\d+)", said)
    if failed and failed.group(1) != "0":
        raise Failed(f"transactions of pgbench failed:\n{said}")
    return {"requests": int(re.search(r"actually processed: (\d+)", said).group(1)),
            "per_second": float(re.search(r"tps = ([\d.]+) \(without", said).group(1)),
            "mean_us": float(re.search(r"latency average = ([\d.]+) ms", said).group(1)) * 1000}


def start_nginx(on, bodies):
    """nginx with a worker per core and its access log on; `bodies` are answers by path, the short ones returned
    from memory, the long ones as files that it keeps open."""
    home = Path(tempfile.mkdtemp(prefix="nginx.", dir=on.folder))
    home.chmod(0o755)  # its workers are another user when we are root
    (home / "www").mkdir(mode=0o755)
    port = machine.free_port()
    places = []
    for path, body in bodies.items():
        if len(body) < 1000:
            places.append(f"location = {path} {{ default_type application/json; return 200 '{body}'; }}")
        else:
            (home / "www" / path.lstrip("/")).write_text(body)
    (home / "nginx.conf").write_text(f"""
daemon off; worker_processes auto; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log {home}/access.log; default_type application/json; sendfile on; tcp_nopush on;
    keepalive_requests 1000000000; open_file_cache max=100;
    client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
    uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
    server {{ listen 127.0.0.1:{port} reuseport; root {home}/www; {' '.join(places)} }}
}}""")
    process = on.start(NGINX, "-c", home / "nginx.conf", "-p", home, "-e", home / "error.log", log="nginx.log")
    machine.wait_until("nginx", lambda: machine.answers(port), process)
    return process, port
