"""What it costs to be somebody: an authenticated request beside the same one open, and signing in."""

import concurrent.futures
import http.client
import json
import statistics
import threading
import time

from . import machine, tools
from .machine import Failed
from .shop import FIRST_HANDLE, OWNER, PASSWORD

CLIENTS = 16
CROWD = 64


def login(email, password, address):
    """Each from an address of its own, as behind a proxy, so that nobody is slowed down for all the others."""
    return tools.request("POST", "/v1/auth/login", [f"X-Forwarded-For: {address}"],
                         json.dumps({"email": email, "password": password}))


def address_of(n):
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def answer_to(connection, email, password, n):
    connection.request("POST", "/v1/auth/login", json.dumps({"email": email, "password": password}),
                       {"Content-Type": "application/json", "X-Forwarded-For": address_of(n)})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def token(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    status, body = answer_to(connection, OWNER, PASSWORD, 1)
    connection.close()
    if status != 200:
        raise Failed(f"signing in answered {status}: {body}")
    return body["access_token"]


def authenticated(b, row):
    """The same handler on the same route, which is open: with a token, it is verified, its sign-in looked for among the ended
    ones, and its user among the blocked."""
    b.serve()
    paths = [f"/v1/shop/products/{FIRST_HANDLE + n * 7919 % b.shop.products}" for n in range(b.shop.products)]
    bearer = [f"Authorization: Bearer {token(b.port)}"]  # good for the five minutes that this takes at most
    known, open_ = (tools.write_requests(b.on.folder / f"{name}.requests", [tools.request("GET", p, fields) for p in paths])
                    for name, fields in (("known", bearer), ("open", [])))
    said = b.alternate(lambda: tools.load(b.port, CLIENTS, known, b.seconds),
                       {"open": lambda: tools.load(b.port, CLIENTS, open_, b.seconds)})
    return [row("authenticated", f"product by handle with an access token, {CLIENTS} connections", said, "open", 0.9)]


def reading(port, path, over, seconds):
    """Reads of a product, one after the other until `over`, each as long as it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not over.is_set():
        begun = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise Failed(f"GET {path} answered {answer.status} while a crowd signed in")
        seconds.append(time.perf_counter() - begun)
    connection.close()


def read_while(port, path, work):
    """What `work` gives, and the medians and the slowest of the reads meanwhile, in ms."""
    over, seconds = threading.Event(), []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reader = pool.submit(reading, port, path, over, seconds)
        try:
            said = work()
        finally:
            over.set()
        reader.result()
    return said, statistics.median(seconds) * 1000, max(seconds) * 1000


def crowd(b, limit):
    """Sixty-four at once: the pool hashes one after the other, so memory grows by one hash, and reads go on."""
    people = iter(b.shop.staff(CROWD * (b.rounds + 1)))
    server, port = b.shop.serve("crowd.log", ["--trusted-proxies", "127.0.0.0/8"])
    path = f"/v1/shop/products/{FIRST_HANDLE}"
    with b.on.keep(server):
        asked = iter(range(1, 1 << 24))

        def signing_in(how_many):
            requests = [login(next(people), PASSWORD, address_of(next(asked))) for _ in range(how_many)]
            return tools.load(port, how_many, tools.write_requests(b.on.folder / "crowd.requests", requests))

        signing_in(1)  # the first makes the signing key
        b.get(path, port)
        time.sleep(6)  # the pool's thread has left, with its memory
        before, _ = machine.memory_mb(server.pid)
        _, quiet_ms, _ = read_while(port, path, lambda: time.sleep(1))
        rounds = [read_while(port, path, lambda: signing_in(CROWD)) for _ in range(b.rounds)]
        _, most = machine.memory_mb(server.pid)
        time.sleep(6)
        after, _ = machine.memory_mb(server.pid)
    return [limit("crowd", f"resident more at the most while {CROWD} sign in at once", most - before, 30, "MB",
                  before=round(before, 1), after=round(after, 1)),
            limit("crowd", f"a product's median while {CROWD} sign in at once", statistics.median(r[1] for r in rounds),
                  20, "ms", alone_ms=round(quiet_ms, 2), slowest_ms=[round(r[2], 1) for r in rounds],
                  sign_ins_per_second=[round(r[0]["per_second"], 1) for r in rounds])]


def refusal_seconds(connection, email, n):
    begun = time.perf_counter()
    status, body = answer_to(connection, email, "not the password", n)
    took = time.perf_counter() - begun
    if (status, body.get("code")) != (401, "invalid_credentials"):
        raise Failed(f"a wrong password of {email} answered {status}: {body}")
    return took


def sign_in(b, row):
    """How fast, and whether it takes as long to refuse an account that there is as one that there is not."""
    each = 40 if b.quick else 200
    known = b.shop.staff(each * (b.rounds + 2))
    server, port = b.shop.serve("sign-in.log", ["--trusted-proxies", "127.0.0.0/8"])
    kept, b.server = b.server, server
    with b.on.keep(server):
        asked = iter(range(1, 1 << 24))
        people = iter(known)

        def signing_in():
            requests = [login(next(people), PASSWORD, address_of(next(asked))) for _ in range(each)]
            return tools.load(port, CLIENTS, tools.write_requests(b.on.folder / "logins.requests", requests))

        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

        def refusing(email):
            took = [refusal_seconds(connection, email(n), n) for n in (next(asked) for _ in range(each // 4))]
            return {"requests": len(took), "per_second": 1 / statistics.median(took)}

        # An account only bears so many tries, and the last of these have not signed in.
        spare = known[-each:]
        rate = b.alternate(signing_in, {})
        said = b.alternate(lambda: refusing(lambda n: spare[n % each]),
                           {"unknown": lambda: refusing(lambda n: f"nobody-{n}@example.com")})
    b.server = kept
    per_second = statistics.median(r["per_second"] for r in rate["carrack"])
    same = row("sign-in", "refusing a known account, one after the other", said, "unknown", None)
    return [{"case": "sign-in", "title": f"sign-ins, {CLIENTS} connections", "unit": "1/s",
             "carrack": round(per_second, 1), "at_least": 10, "rounds": rate}, same]
