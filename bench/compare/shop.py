"""The shop under test: a private database made by `carrack up`, a catalogue, carts, and `carrack serve`."""

import re
import time
from urllib.parse import quote

from . import machine
from .machine import CARRACK, Failed

DATA = machine.ROOT / "bench/data"
FIRST_HANDLE = 100001
OWNER, PASSWORD = "owner@example.com", "only-for-this-bench"


def when_silent(log, rest=0.5):
    """The log's size, once nothing has been written to it for so many seconds."""
    size, since = -1, time.monotonic()
    while time.monotonic() - since < rest:
        if log.stat().st_size != size:
            size, since = log.stat().st_size, time.monotonic()
        time.sleep(0.02)
    return size


class Shop:
    def __init__(self, on, products):
        self.on = on
        self.products = products
        self.variants = products * 3
        self.made_carts = 0
        self.data = on.folder / "shop"
        self.up = None
        self.bring_up()
        self.sql_file("catalogue.sql", products=products)

    def bring_up(self):
        """`up` makes the cluster, migrates it, and keeps it running; the server that is measured is another."""
        log = self.on.folder / "up.log"
        said = log.read_text().count("Carrack is up") if self.up else 0
        if self.up:
            self.on.stop(self.up)
        self.up = self.on.start(CARRACK, "up", "--data", self.data, "--listen", f"127.0.0.1:{machine.free_port()}",
                                log="up.log", environment={"CARRACK_OWNER_EMAIL": OWNER, "CARRACK_OWNER_PASSWORD": PASSWORD,
                                                           "CARRACK_DATABASE_URL": ""})
        machine.wait_until("carrack up", lambda: log.read_text().count("Carrack is up") > said, self.up, patience=120)
        pid_file = (self.data / "postgres/data/postmaster.pid").read_text().splitlines()
        self.sockets, self.database_port = pid_file[4], pid_file[3]

    def url(self, role):
        return f"postgresql://{role}@/carrack?host={quote(self.sockets, safe='')}&port={self.database_port}"

    def sql(self, text, role="carrack_owner"):
        return machine.output_of("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", self.url(role), given=text).strip()

    def sql_file(self, name, role="carrack_owner", **variables):
        flags = [f"-v{key}={value}" for key, value in variables.items()]
        return machine.output_of("psql", "-X", "-q", *flags, self.url(role), "-f", DATA / name)

    def settle(self):
        """What earlier work left to the background is not to be paid by the next round."""
        self.sql("checkpoint", role="postgres")

    def carts(self, how_many, lines=2, hot=False, variants=None):
        """Carts ready to be ordered, as (key, id, digest, variants); spread over so many variants, or all."""
        self.made_carts += 1
        wanted = how_many + how_many // 100 + 10  # a few draw a variant twice and are dropped
        text = self.sql_file("carts.sql", carts=wanted, lines=lines, hot=int(hot), seed=self.made_carts,
                             variants=min(variants or self.variants, self.variants))
        rows = [line.split("\t") for line in text.splitlines()]
        if len(rows) < how_many:
            raise Failed(f"only {len(rows)} carts of {how_many} were made")
        return [(key, id, digest, variants.split(" ")) for key, id, digest, variants in rows[:how_many]]

    def staff(self, how_many):
        """E-mail addresses of staff who sign in with the owner's password."""
        self.sql(f"""insert into identity.users (id, kind, email, name, password_hash)
                     select gen_random_uuid(), 'staff', 'clerk-' || n || '@example.com', 'Clerk', u.password_hash
                       from identity.users u, generate_series(1, {how_many}) n where u.email = '{OWNER}'
                         on conflict do nothing""")
        return [f"clerk-{n}@example.com" for n in range(1, how_many + 1)]

    def command(self, port):
        return [CARRACK, "serve", "--data", self.on.folder / "serve", "--listen", f"127.0.0.1:{port}",
                "--database-url", self.url("carrack_app")]

    def serve(self, log="serve.log", flags=()):
        """`carrack serve` with its own settings, its access log in a file."""
        port = machine.free_port()
        process = self.on.start(*self.command(port), *flags, log=log)
        machine.wait_until("carrack serve", lambda: machine.answers(port), process)
        return process, port

    def statements_of(self, ask):
        """What `ask(port)` has the server send to PostgreSQL, as PostgreSQL logs it; the server's own count
        of (statements, round trips) for its last request; and what it set on its connections."""
        log = self.data / "postgres.log"
        self.sql("alter role carrack_app set log_statement = 'all';"
                 "alter role carrack_app set log_error_verbosity = 'default'", role="postgres")
        process, port = self.serve("capture.log")
        try:
            opening = log.stat().st_size
            ask(port)  # once to open connections and prepare statements, and for the housekeeping's turn
            begin = when_silent(log)
            ask(port)
            when_silent(log)
            with open(log, "rb") as text:
                text.seek(opening)
                opened, logged = text.read(begin - opening).decode(), text.read().decode()
        finally:
            self.on.stop(process)
            self.sql("alter role carrack_app reset log_statement; alter role carrack_app reset log_error_verbosity",
                     role="postgres")
        counts = re.findall(r'"statements":(\d+),"round_trips":(\d+)', (self.on.folder / "capture.log").read_text())
        if not counts:
            raise Failed("the access log of carrack serve has no counts of statements and round trips")
        settings = re.findall(r"set_config\('(\w+)', '(\w+)', false\)", opened + logged)
        return logged, tuple(map(int, counts[-1])), " ".join(f"-c {name}={value}" for name, value in sorted(set(settings)))
