"""How fast orders move on: by people, each in a transaction of its own, and by the clock, many in one."""

import http.client
import json
import time

from . import lane, signing_in, tools
from .machine import Failed

ORDERS = 4_000


def place(b, lines, hot):
    """The ids of so many new orders."""
    shop = b.shop
    before = shop.sql("select now()")
    carts = shop.carts(ORDERS, lines, hot, lane.VARIANTS)
    tools.load(b.port, lane.SHOPPERS,
               tools.write_requests(b.on.folder / "placed.requests", [lane.checkout(c) for c in carts]))
    return shop.sql(f"select id from sales.orders where placed_at > '{before}' order by number").split()


def by_people(b, ids, to):
    fields = [f"Authorization: Bearer {signing_in.token(b.port)}"]
    wanted = [tools.request("POST", f"/v1/admin/orders/{id}/transitions", fields, json.dumps({"to": to})) for id in ids]
    b.shop.settle()
    return tools.load(b.port, lane.SHOPPERS, tools.write_requests(b.on.folder / "moves.requests", wanted))


def by_the_clock(b, ids):
    """They are all due at once, and no others, and the server is told to look."""
    b.shop.sql(f"update sales.order_heads set payment_due_at = now() where order_id = any('{{{','.join(ids)}}}')")
    b.shop.settle()
    begun, cancelled = time.monotonic(), 0
    while cancelled < len(ids):
        asked = http.client.HTTPConnection("127.0.0.1", b.port, timeout=60)
        asked.request("POST", "/v1/internal/tick", "", {"Content-Length": "0"})
        answer = asked.getresponse()
        said = answer.read()
        asked.close()
        if answer.status != 200:
            raise Failed(f"the tick answered {answer.status}: {said[:300]}")
        ended = int(b.shop.sql(f"select count(*) from sales.order_heads where status = 'cancelled' and order_id = any('{{{','.join(ids)}}}')"))
        if ended == cancelled:
            raise Failed(f"of {len(ids)} unpaid orders {ended} were cancelled, and the last tick cancelled none")
        cancelled = ended
    return {"per_second": cancelled / (time.monotonic() - begun)}


def moves(b, told):
    b.serve()
    place(b, 2, False)
    b.shop.sql("analyze")
    said = []
    for hot, where in ((False, "two lines, 10,000 variants"), (True, "one line, one variant")):
        ids = place(b, 1 if hot else 2, hot)
        said.append((f"confirmed by {lane.SHOPPERS} people, {where}", by_people(b, ids, "confirmed")))
        said.append((f"cancelled by {lane.SHOPPERS} people, {where}", by_people(b, ids, "cancelled")))
        said.append((f"cancelled by the clock, {where}", by_the_clock(b, place(b, 1 if hot else 2, hot))))
    return [told("order-moves", what, one["per_second"], "1/s", **({"p99_ms": round(one["p99_us"] / 1000, 1)} if "p99_us" in one else {}))
            for what, one in said]
