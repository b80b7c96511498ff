"""Orders of many shoppers at once beside pgbench placing each as one statement: what the order lane is for."""

import csv
import math
import os
import re
import statistics
import time

from . import machine, tools
from .machine import Failed
from .order_plan import fresh_uuid

SHOPPERS = 64
VARIANTS = 10_000  # over which orders are spread
ORDERS = {False: 12_800, True: 4_800}  # in a round; where one row decides, pgbench takes long
TABLES = {  # what an order consists of, by what it is found
    "sales.orders": "id", "sales.order_status_history": "order_id", "sales.order_heads": "order_id",
    "sales.order_lines": "order_id", "sales.order_adjustments": "order_id", "sales.order_addresses": "order_id",
    "sales.payments": "order_id", "sales.order_places": "order_id", "inventory.reservations": "order_id",
    "ops.outbox": "resource_id", "audit.entries": "resource_id"}


class Plan:
    """Rows of bench.plan for pgbench's orders, and bench.same, taken from an order that the server placed."""

    def __init__(self, shop):
        self.shop, self.rows = shop, 0
        shop.sql("""
            drop table if exists bench.plan, bench.same;
            create table bench.plan (n bigint primary key, cart_id uuid, order_id uuid, line_ids uuid[],
                variant_ids uuid[], movement_ids uuid[], adjustment_id uuid, payment_id uuid, audit_id uuid,
                digest bytea, principal text, key text);
            create table bench.same as  -- of an order with titles of the usual length
            select l.product_title, l.variant_title, l.sku, r.location_id, a.action, a.changes, k.sealed_body
              from sales.orders o
              join sales.order_lines l on l.order_id = o.id and l.position = 0
              join inventory.reservations r on r.order_line_id = l.id
              join audit.entries a on a.resource = 'orders' and a.resource_id = o.id::text
              cross join lateral (select sealed_body from ops.idempotency_keys order by at desc limit 1) k
             order by abs(length(l.product_title) - (select avg(length(product_title)) from sales.order_lines)) limit 1;
            grant select on bench.plan, bench.same to carrack_app;""")

    def add(self, carts):
        before = self.rows
        file = self.shop.on.folder / "plan.csv"
        array = lambda ids: "{" + ",".join(ids) + "}"
        with open(file, "w", newline="") as out:
            table = csv.writer(out)
            for key, id, _, variants in carts:
                self.rows += 1
                lines = [fresh_uuid() for _ in variants]
                table.writerow([self.rows, id, fresh_uuid(), array(lines), array(variants),
                                array([fresh_uuid() for _ in variants]), fresh_uuid(), fresh_uuid(), fresh_uuid(),
                                "\\x" + os.urandom(32).hex(), "guest:" + os.urandom(32).hex(), f"order-{key}"])
        self.shop.sql(f"\\copy bench.plan from '{file}' csv\nanalyze bench.plan;")
        return before


def footprint(shop, orders):
    """Rows and bytes of such orders, on average, table by table."""
    out = {}
    for table, column in TABLES.items():
        ids = "select id::text from (%s) o" % orders if table == "audit.entries" else "select id from (%s) o" % orders
        rows, size = shop.sql(f"""select count(*), coalesce(sum(pg_column_size(t.*)), 0) from {table} t
                                   where {column} in ({ids})""").split("|")
        out[table] = (int(rows), int(size))
    return out


def same_rows(shop, ours, theirs):
    """Both sides wrote the same: as many rows in each table, and as wide ones but for the titles of what was bought."""
    a, b = footprint(shop, ours), footprint(shop, theirs)
    for table in TABLES:
        if a[table][0] != b[table][0] or not math.isclose(a[table][1], b[table][1], rel_tol=0.1):
            raise Failed(f"{table}: the server wrote (rows, bytes) {a[table]}, pgbench {b[table]}")


def percentile(folder, prefix, q):
    """Of the latencies that pgbench logged."""
    files = list(folder.glob(f"{prefix}.*"))
    times = sorted(int(line.split()[2]) for file in files for line in file.read_text().splitlines())
    for file in files:
        file.unlink()
    return times[int(q * (len(times) - 1))]


def lane(b, lines, hot, orders):
    """Both sides place as many in a round, after a checkpoint: each page's first change writes the whole page, and whoever
    places fewer would pay more of that for each."""
    shop, folder, script = b.shop, b.on.folder, machine.ROOT / "bench/data/order_in_one.sql"
    count = lambda: int(shop.sql("select count(*) from sales.orders"))
    wal = lambda: int(shop.sql("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))
    b.serve()

    def place(carts, shoppers):
        requests = tools.write_requests(folder / "lane.requests", [checkout(c) for c in carts])
        return tools.load(b.port, shoppers, requests)

    # Tables that are not empty any more, and known not to be: plans of foreign-key checks are made once.
    place(shop.carts(1000, lines, hot, VARIANTS), SHOPPERS)
    shop.sql("analyze")
    plan = Plan(shop)
    before, acknowledged, by_pgbench = count(), 0, 0

    def measured(run, orders):
        shop.settle()
        begun = wal()
        said = run()
        said["wal_bytes_per_order"] = round((wal() - begun) / orders)
        return said

    def batches():
        """(orders, transactions) of the server so far."""
        text = b.get("/metrics")
        return tuple(int(re.search(rf"^carrack_order_batch_size_{what} (\d+)$", text, re.M).group(1))
                     for what in ("sum", "count"))

    def ours():
        nonlocal acknowledged
        carts = shop.carts(orders, lines, hot, VARIANTS)
        begun = batches()
        said = measured(lambda: place(carts, SHOPPERS), len(carts))
        ended = batches()
        said["orders_in_a_batch"] = round((ended[0] - begun[0]) / (ended[1] - begun[1]), 1)
        acknowledged += said["statuses"].get("201", 0)
        return said

    def theirs():
        nonlocal by_pgbench
        each = orders // SHOPPERS
        base = plan.add(shop.carts(each * SHOPPERS, lines, hot, VARIANTS))
        flags = [f"-Dbase={base}", f"-Deach={each}", "-Di=0", "-l", f"--log-prefix={folder}/latency"]
        said = measured(lambda: tools.pgbench(shop.url("carrack_app"), script, flags, SHOPPERS, transactions=each),
                        each * SHOPPERS)
        by_pgbench += said["requests"]
        said["p99_us"] = percentile(folder, "latency", 0.99)
        return said

    said = b.alternate(ours, {"pgbench": theirs})
    stored = count() - before
    if stored != acknowledged + by_pgbench:
        raise Failed(f"{acknowledged} orders were acknowledged and pgbench placed {by_pgbench}, but {stored} are stored")
    made = "select id from sales.orders where {} in (select order_id from bench.plan) order by placed_at desc limit 500"
    same_rows(shop, made.format("id not"), made.format("id"))
    return said


def short(statement):
    """What a statement is about, for people: `insert sales.orders`; a foreign key's question is `asks sales.orders`."""
    text = " ".join(statement.split())
    if asked := re.match(r'SELECT \$?\d+ FROM ONLY "(\w+)"."(\w+)"', text):
        return f"asks {asked.group(1)}.{asked.group(2)}"
    written = re.findall(r"(insert into|update) ([a-z_]+\.[a-z_]+)", text)
    if written:
        return ", ".join(f"{verb.split()[0]} {table}" for verb, table in written)
    read = re.search(r"from ([a-z_]+\.[a-z_]+)", text)
    if read:
        return ("locks " if " update" in text else "reads ") + read.group(1)
    return text[:60]


def count_statements(b):
    """PostgreSQL starts anew and keeps count of what statements cost, foreign keys' questions included."""
    shop = b.shop
    if b.server is not None:
        b.on.stop(b.server)
        b.server = None
    shop.sql("alter system set shared_preload_libraries = 'pg_stat_statements'", role="postgres")
    shop.bring_up()
    shop.sql("""create extension if not exists pg_stat_statements;
                alter system set pg_stat_statements.track = 'all'; select pg_reload_conf()""", role="postgres")


def each_statement(shop, orders):
    """What PostgreSQL did for an order, statement by statement; of a foreign key's questions those beside them."""
    lines = shop.sql("""
        select s.calls, s.total_exec_time * 1000, s.wal_bytes, s.wal_fpi, s.toplevel, replace(s.query, chr(10), ' ')
          from pg_stat_statements s join pg_roles r on r.oid = s.userid
         where r.rolname = 'carrack_app' or not s.toplevel order by s.total_exec_time desc""", role="postgres")
    for line in lines.splitlines():
        calls, us, wal, images, top, query = line.split("|", 5)
        yield {"statement": short(query), "by_itself": top == "t", "us": round(float(us) / orders, 2),
               "calls": round(int(calls) / orders, 3), "wal_bytes": round(int(wal) / orders, 1),
               "full_pages": round(int(images) / orders, 3)}


def wal_of(shop):
    """(bytes, whole pages among them) that PostgreSQL has written."""
    return tuple(int(n) for n in shop.sql("select wal_bytes, wal_fpi from pg_stat_wal", role="postgres").split("|"))


def updates_of(shop):
    """Updates of tables that orders update, and those of them that entered no index."""
    lines = shop.sql("""select schemaname || '.' || relname, n_tup_upd, n_tup_hot_upd from pg_stat_user_tables
                         where n_tup_upd > 0 and schemaname in ('sales', 'inventory') order by 1""", role="postgres")
    return {name: (int(all), int(hot)) for name, all, hot in (line.split("|") for line in lines.splitlines())}


def cost(b, told, orders=8_000):
    """Where an order of two lines in the lane spends its time, and what it writes."""
    shop = b.shop
    count_statements(b)
    b.serve()
    place = lambda carts: tools.load(b.port, SHOPPERS, tools.write_requests(
        b.on.folder / "cost.requests", [checkout(c) for c in carts]))
    place(shop.carts(1000, 2, False, VARIANTS))
    shop.sql("analyze")
    carts = shop.carts(orders, 2, False, VARIANTS)
    shop.settle()
    shop.sql("select pg_stat_statements_reset(); select pg_stat_reset()", role="postgres")
    before, cpu = wal_of(shop), machine.cpu_seconds(b.server.pid)
    said = place(carts)
    cpu = machine.cpu_seconds(b.server.pid) - cpu
    time.sleep(2)  # connections tell what they counted a second after they fall silent
    after, updates = wal_of(shop), updates_of(shop)
    statements = list(each_statement(shop, orders))
    print("\n  µs/order  calls/order  WAL B/order  statement")
    for one in (s for s in statements if s["us"] >= 0.5):
        print(f"  {one['us']:8.1f}  {one['calls']:11.3f}  {one['wal_bytes']:11.0f}  {'' if one['by_itself'] else '  '}{one['statement']}")
    hot = {name: f"{hot} of {all}" for name, (all, hot) in updates.items()}
    newest = f"select id from sales.orders order by placed_at desc limit {orders}"
    widths = {table: {"rows": round(rows / orders, 2), "bytes": round(size / orders, 1)}
              for table, (rows, size) in footprint(shop, newest).items()}
    row = lambda title, value, unit, **more: told("order-cost", title, value, unit, **more)
    return [row(f"orders of two lines, {SHOPPERS} shoppers", said["per_second"], "1/s"),
            row("  PostgreSQL's time for one", sum(s["us"] for s in statements if s["by_itself"]), "µs", statements=statements),
            row("  the server's CPU for one", cpu * 1e6 / orders, "µs"),
            row("  WAL for one", (after[0] - before[0]) / orders, "B"),
            row("  WAL for one, without whole pages", sum(s["wal_bytes"] - 8_192 * s["full_pages"] for s in statements
                                                          if s["by_itself"]), "B at least"),
            row("  whole pages in it", (after[1] - before[1]) / orders, "pages"),
            row("  its rows", sum(w["bytes"] for w in widths.values()), "B", widths=widths),
            row("  updates of stock that enter no index", 100 * hot_share(updates, "inventory.stock"), "%", hot=hot)]


def hot_share(updates, table):
    all, hot = updates.get(table, (0, 0))
    return hot / all if all else 0.0


def checkout(cart):
    return tools.request("POST", f"/v1/shop/carts/{cart[0]}/checkout", [f"Idempotency-Key: order-{cart[0]}"],
                         '{"payment":{"provider":"manual"}}')


def rows(b, row, name, title, lines, hot, aim):
    said = lane(b, lines, hot, ORDERS[hot] // 8 if b.quick else ORDERS[hot])
    speed = row(name, f"{title}, {SHOPPERS} shoppers", said, "pgbench", aim)
    middle = lambda side, key: statistics.median(r[key] for r in said[side])
    p99 = {side: middle(side, "p99_us") for side in said}
    speed["orders_in_a_batch"] = middle("carrack", "orders_in_a_batch")
    speed["wal_bytes_per_order"] = {side: middle(side, "wal_bytes_per_order") for side in said}
    return [speed, {"case": name, "title": f"  their p99, beside pgbench's {p99['pgbench'] / 1000:.1f} ms", "unit": "ms",
                    "carrack": round(p99["carrack"] / 1000, 1), "at_most": round(p99["pgbench"] / 1000, 1)}]
