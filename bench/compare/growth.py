"""What an order costs in a shop that has had ten thousand of them, and ten, a hundred, a thousand times as many."""

import sys

from . import lane, machine, tools

CHUNK = 100_000
ORDERS = 4_000


def fill(shop, until):
    """Past orders, until there are so many."""
    there = int(shop.sql("select count(*) from sales.orders"))
    first = int(shop.sql("select coalesce(max(number), 0) from sales.orders")) + 1_000_000_000
    while there < until:
        many = min(CHUNK, until - there)
        shop.sql_file("past_orders.sql", role="postgres", first=first, orders=many)
        there, first = there + many, first + many
        print(f"  {there:,} orders", file=sys.stderr)
    shop.sql("vacuum analyze", role="postgres")


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
    return {"orders": size, "per_second": round(said["per_second"]), "us": round(us, 1), "blocks": round(blocks, 1)}


def growth(b, limit):
    lane.count_statements(b)
    b.serve()
    said = [one_size(b, size) for size in sizes(b.past_orders)]
    print("\n  orders there       1/s  µs/order in PostgreSQL  pages/order")
    for one in said:
        print(f"  {one['orders']:12,}  {one['per_second']:8,}  {one['us']:22,.1f}  {one['blocks']:11,.1f}")
    first, last = said[0], said[-1]
    return [limit("order-growth", f"pages an order touches with {last['orders']:,} in the tables, beside {first['orders']:,}",
                  last["blocks"] / first["blocks"], 1.5, "times", sizes=said)]
