"""What an order costs in a shop that has had ten thousand of them, and ten, a hundred, a thousand times as many."""

import sys
from concurrent.futures import ThreadPoolExecutor

from . import lane, machine, tools

CHUNK = 100_000
ORDERS = 4_000


def fill(shop, until):
    """Past orders, until there are so many; by two at a time."""
    there = int(shop.sql("select count(*) from sales.orders"))
    first = int(shop.sql("select coalesce(max(number), 0) from sales.orders")) + 1_000_000_000
    chunks = [(first + at, min(CHUNK, until - there - at)) for at in range(0, until - there, CHUNK)]

    def add(chunk):
        shop.sql_file("past_orders.sql", role="postgres", first=chunk[0], orders=chunk[1])

    with ThreadPoolExecutor(2) as adding:
        for n, _ in enumerate(adding.map(add, chunks), 1):
            if n % 10 == 0 or n == len(chunks):
                print(f"  {there + sum(orders for _, orders in chunks[:n]):,} orders", file=sys.stderr)
    shop.sql("analyze", role="postgres")


def sizes(most):
    size = 10_000
    while size <= most:
        yield size
        size *= 10


def one_size(b, size):
    shop = b.shop
    fill(shop, size)
    place = lambda carts: tools.load(b.port, lane.SHOPPERS, tools.write_requests(
        b.on.folder / "growth.requests", [lane.checkout(c) for c in carts]))
    place(shop.carts(1000, 2, False, lane.VARIANTS))
    carts = shop.carts(ORDERS, 2, False, lane.VARIANTS)
    shop.settle()
    shop.sql("select pg_stat_statements_reset()", role="postgres")
    said = place(carts)
    us, blocks = (float(x) / ORDERS for x in shop.sql("""
        select sum(s.total_exec_time) * 1000, sum(s.shared_blks_hit + s.shared_blks_read)
          from pg_stat_statements s join pg_roles r on r.oid = s.userid
         where r.rolname = 'carrack_app' and s.toplevel""", role="postgres").split("|"))
    gigabytes = int(shop.sql("select pg_database_size(current_database())")) / 1e9
    return {"orders": size, "gigabytes": round(gigabytes, 1), "per_second": round(said["per_second"]), "us": round(us, 1), "blocks": round(blocks, 1)}


def growth(b, limit):
    lane.count_statements(b)
    b.serve()
    said = [one_size(b, size) for size in sizes(b.past_orders)]
    print("\n  orders there     GB       1/s  µs/order in PostgreSQL  pages/order")
    for one in said:
        print(f"  {one['orders']:12,}  {one['gigabytes']:5}  {one['per_second']:8,}  {one['us']:22,.1f}  {one['blocks']:11,.1f}")
    first, last = said[0], said[-1]
    return [limit("order-growth", f"pages an order touches with {last['orders']:,} in the tables, beside {first['orders']:,}",
                  last["blocks"] / first["blocks"], 1.5, "times", sizes=said)]
