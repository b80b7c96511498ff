"""What an order costs in a shop that has had ten thousand of them, and ten, a hundred, a thousand times as many."""

import contextlib
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from . import lane, machine, tools
from .machine import Failed

CHUNK = 100_000
ORDERS = 4_000
BYTES = 9_200  # of a past order, with its indexes


@contextlib.contextmanager
def without_indexes(shop):
    """Rows that are added meanwhile enter no index; all indexes are made anew at the end, two tables at a time: an hour
    for ten million orders, in place of several."""
    filled = """select oid from pg_class where relkind = 'r' and oid <> 'audit.seals'::regclass
                   and relnamespace::regnamespace::text in ('sales', 'inventory', 'audit', 'ops')"""
    shop.sql(f"update pg_index set indisready = false where indrelid in ({filled})", role="postgres")
    yield
    tables = shop.sql(f"select c.oid::regclass from pg_class c where c.oid in ({filled}) order by pg_relation_size(c.oid) desc").split()
    make = lambda table: shop.sql(f"set maintenance_work_mem = '1GB'; reindex table {table}", role="postgres")
    with ThreadPoolExecutor(2) as making:
        list(making.map(make, tables))


def fill(shop, until):
    """Past orders, until there are so many; by two at a time. The first are like any others. Beyond, they come without
    indexes and count as sealed, so that making seals for millions of audit entries does not run into what is measured."""
    first_ones = until <= 10_000
    there = int(shop.sql("select count(*) from sales.orders"))
    first = int(shop.sql("select coalesce(max(number), 0) from sales.orders")) + 1_000_000_000
    chunks = [(first + at, min(CHUNK, until - there - at)) for at in range(0, until - there, CHUNK)]

    def add(chunk):
        shop.sql_file("past_orders.sql", role="postgres", first=chunk[0], orders=chunk[1],
                      tx="pg_current_xact_id()" if first_ones else "'3'::xid8")

    with contextlib.nullcontext() if first_ones else without_indexes(shop), ThreadPoolExecutor(2) as adding:
        for n, _ in enumerate(adding.map(add, chunks), 1):
            if n % 10 == 0 or n == len(chunks):
                print(f"  {there + sum(orders for _, orders in chunks[:n]):,} orders", file=sys.stderr)
    shop.sql("analyze", role="postgres")


def sizes(most):
    size = 10_000
    while size <= most:
        yield size
        size *= 10


def is_whole(b):
    """Past orders are like those that the server places: everything that has to hold of orders does."""
    said = subprocess.run([machine.CARRACK, "verify", "--json", "--data", b.shop.data], capture_output=True, text=True)
    if not said.stdout.startswith("{"):
        raise Failed(f"carrack verify said: {said.stderr[-1000:]}")
    wrong = [f for f in json.loads(said.stdout)["findings"] if f["verdict"] == "wrong"]
    if wrong:
        raise Failed("the past orders are not whole: " + "; ".join(
            f"{f['check']}: {f['rows'][0]['subject']}: {f['rows'][0]['says']}" for f in wrong))


def has_room(b, most):
    needed, free = most * BYTES / 1e9 + 3, shutil.disk_usage(b.on.folder).free / 1e9
    if needed > free:
        raise Failed(f"{most:,} past orders need about {needed:.0f} GB in {b.on.folder}, where {free:.0f} GB are free")


def one_size(b, size):
    shop = b.shop
    fill(shop, size)
    if size == 10_000:
        is_whole(b)
    place = lambda carts: tools.load(b.port, lane.SHOPPERS, tools.write_requests(
        b.on.folder / "growth.requests", [lane.checkout(c) for c in carts]))
    place(shop.carts(ORDERS, 2, False, lane.VARIANTS))
    carts = shop.carts(ORDERS, 2, False, lane.VARIANTS)
    shop.settle()
    shop.sql("select pg_stat_statements_reset()", role="postgres")
    said = place(carts)
    us, reading, blocks = (float(x) / ORDERS for x in shop.sql("""
        select sum(s.total_exec_time) * 1000, sum(s.blk_read_time) * 1000, sum(s.shared_blks_hit + s.shared_blks_read)
          from pg_stat_statements s join pg_roles r on r.oid = s.userid
         where r.rolname = 'carrack_app' and s.toplevel
           and s.query not like '%audit.seals%'  -- made in the background, of what has come before, too
        """, role="postgres").split("|"))
    gigabytes = int(shop.sql("select pg_database_size(current_database())")) / 1e9
    return {"orders": size, "gigabytes": round(gigabytes, 1), "per_second": round(said["per_second"]), "us": round(us, 1),
            "reading_us": round(reading, 1), "blocks": round(blocks, 1)}


def growth(b, limit):
    has_room(b, b.past_orders)
    lane.count_statements(b)
    b.shop.sql("alter role carrack_app set track_io_timing = on", role="postgres")
    b.serve()
    said = [one_size(b, size) for size in sizes(b.past_orders)]
    print("\n  orders there     GB       1/s  µs/order in PostgreSQL  of it reading  pages/order")
    for one in said:
        print(f"  {one['orders']:12,}  {one['gigabytes']:5}  {one['per_second']:8,}  {one['us']:22,.1f}  {one['reading_us']:13,.1f}  {one['blocks']:11,.1f}")
    first, last = said[0], said[-1]
    beside = f"with {last['orders']:,} in the tables, beside {first['orders']:,}"
    return [limit("order-growth", f"pages an order touches {beside}", last["blocks"] / first["blocks"], 1.5, "times",
                  sizes=said),
            limit("order-growth", f"PostgreSQL's time for an order {beside}", last["us"] / first["us"], 1.5, "times")]
