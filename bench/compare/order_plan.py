"""Orders for pgbench: one order that the server placed, as PostgreSQL logged it, said again for other carts.

pgbench's variables are numbers, so what differs from order to order stands in a table, and each transaction
first reads its row of it. What that read costs is measured by itself and taken off again."""

import csv
import itertools
import os
import re
import time

from .machine import Failed
from .statements import as_script, variable

WAITS_AFTER = ("work.find_answers", "catalog.load_sellables", "orders.draw_numbers")  # the server needs these answers


COUNT = itertools.count()


def fresh_uuid():
    """Growing with time, as the server's own are: indexes feel the difference."""
    n, random = next(COUNT), os.urandom(8).hex()
    text = f"{int(time.time() * 1000) + n // 4096:012x}7{n % 4096:03x}8{random[:15]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class OrderPlan:
    """The captured order, ready to be written for other carts. Its number is found wherever it stands; `kept` are
    ids that are the same in every order."""

    def __init__(self, statements, cart, number, kept, counted):
        self.statements, self.cart, self.number, self.kept = statements, cart, number, set(kept)
        self.rows = 0
        work = [s for s in statements if s.name not in ("db.begin", "db.commit")]
        groups = 1 + sum(s.name in WAITS_AFTER for s in statements)
        if (len(work), groups) != counted:
            raise Failed(f"pgbench would send {len(work)} statements in {groups} round trips, the server "
                         f"counted {counted}: bench/compare/order_plan.py has to learn where the server waits now")
        self.changing = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b%d\b" % number)
        self.varying = {variable(i, number): text for i, s in enumerate(statements)
                        for number, text in s.parameters.items()
                        if text is not None and any(t not in self.kept for t in self.changing.findall(text))}
        self.fetch = (f"\\set i :i + 1\n\\set n :base + :client_id * :each + :i\n"
                      f"select {', '.join(self.varying)} from bench.plan where n = :n \\gset\n")

    def create(self, shop):
        shop.sql("drop table if exists bench.plan; create table bench.plan (n bigint primary key, "
                 + ", ".join(f"{name} text" for name in self.varying) + "); grant select on bench.plan to carrack_app")

    def _row(self, cart, number):
        key, id, digest, variants = cart
        known = {self.cart[0]: key, self.cart[1]: id, self.cart[2]: digest, str(self.number): str(number)}
        known.update(zip(self.cart[3], variants))

        def other(match):
            old = match.group()
            if old in self.kept:
                return old
            if old not in known:
                known[old] = fresh_uuid() if "-" in old else os.urandom(32).hex()
            return known[old]

        return [self.changing.sub(other, text) for text in self.varying.values()]

    def add(self, shop, carts):
        """Rows for these carts; the number before the first of them."""
        before = self.rows
        file = shop.on.folder / "plan.csv"
        with open(file, "w", newline="") as out:
            table = csv.writer(out)
            for cart in carts:
                self.rows += 1
                table.writerow([self.rows, *self._row(cart, self.number + self.rows)])
        shop.sql(f"\\copy bench.plan from '{file}' csv\nanalyze bench.plan;")
        return before

    def scripts(self, folder, name):
        """(one statement after the other, pipelined as the server does, only the fetch): script and -D flags each."""
        made = []
        for kind, waits in (("plain", None), ("pipelined", WAITS_AFTER)):
            text, flags = as_script(self.statements, self.varying, waits)
            (folder / f"{name}-{kind}.sql").write_text(self.fetch + text)
            made.append((folder / f"{name}-{kind}.sql", flags))
        (folder / f"{name}-fetch.sql").write_text(self.fetch)
        return [*made, (folder / f"{name}-fetch.sql", [])]
