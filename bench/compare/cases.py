"""The rows of the table: what is measured, beside what, and which ratio is wanted."""

import http.client
import json
import statistics
import time

from . import growth, lane, machine, moves, signing_in, statements, tools
from .machine import Failed
from .order_plan import OrderPlan
from .shop import FIRST_HANDLE

CLIENTS = 16


class Bench:
    """What the cases share: the shop, the server under test, and how long to measure."""

    def __init__(self, on, shop, quick, past_orders):
        self.on, self.shop, self.quick = on, shop, quick
        self.past_orders = past_orders  # at the most, see growth
        self.rounds = 3 if quick else 5
        self.seconds = 1 if quick else 4
        self.orders = 800 if quick else 4000  # in each round
        self.captured = 0  # orders, see capture_order
        self.server = self.port = None

    def serve(self):
        if self.server is None:
            self.server, self.port = self.shop.serve()

    def get(self, path, port=None):
        asked = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            asked.request("GET", path)
            answer = asked.getresponse()
            body = answer.read().decode()
        finally:
            asked.close()
        if answer.status != 200:
            raise Failed(f"GET {path} answered {answer.status}: {body[:300]}")
        return body

    def alternate(self, ours, others):
        """Round by round, ours and then each of the others; everything is warmed up by a round of its own that
        does not count. What each said, as a list for each name."""
        said = {name: [] for name in ("carrack", *others)}
        for n in range(self.rounds + 1):
            for name, run in (("carrack", ours), *others.items()):
                before = machine.cpu_seconds(self.server.pid)
                result = run()
                if name == "carrack":
                    spent = machine.cpu_seconds(self.server.pid) - before
                    result["cpu_us_per_request"] = round(spent * 1e6 / result["requests"], 1)
                if n > 0:
                    said[name].append(result)
        return said


def row(case, title, said, beside, aim, unit="1/s"):
    ours, theirs = ([r["per_second"] for r in said[name]] for name in ("carrack", beside))
    ratios = [a / b for a, b in zip(ours, theirs)]
    middle = {key: statistics.median(r[key] for r in said["carrack"])
              for key in ("p50_us", "p99_us", "cpu_us_per_request") if key in said["carrack"][0]}
    return {"case": case, "title": title, "unit": unit, "carrack": round(statistics.median(ours), 1), "beside": beside,
            "other": round(statistics.median(theirs), 1), "ratio": round(statistics.median(ratios), 3),
            "ratios": [round(r, 3) for r in ratios], "aim": aim, **middle, "rounds": said}


def told(case, title, value, unit, **more):
    """A figure that nothing is held against."""
    return {"case": case, "title": title, "unit": unit, "carrack": round(value, 2), "told": True, **more}


def limit(case, title, value, most, unit, **more):
    return {"case": case, "title": title, "unit": unit, "carrack": round(value, 2), "at_most": most, **more}


def livez(b):
    b.serve()
    body = b.get("/livez")
    nginx, port = tools.start_nginx(b.on, {"/livez": body})
    with b.on.keep(nginx):
        said = b.alternate(lambda: tools.wrk(b.port, "/livez", 64, b.seconds),
                           {"nginx": lambda: tools.wrk(port, "/livez", 64, b.seconds)})
    return [row("livez", f"GET /livez, {len(body)} bytes, 64 connections", said, "nginx", None)]


def product_page(b):
    b.serve()
    path = f"/v1/shop/products/{FIRST_HANDLE}"
    body = b.get(path)
    nginx, port = tools.start_nginx(b.on, {"/product.json": body})
    with b.on.keep(nginx):
        said = b.alternate(lambda: tools.wrk(b.port, path, 64, b.seconds),
                           {"nginx": lambda: tools.wrk(port, "/product.json", 64, b.seconds)})
    return [row("product-page", f"product page, {len(body)} bytes, 64 connections", said, "nginx", None)]


def beside_pgbench(b, name, title, paths, beginning, varying_value):
    """GETs beside pgbench running the statements that PostgreSQL logged for such a GET."""
    logged, _, settings = b.shop.statements_of(lambda port: b.get(paths[len(paths) // 2], port))
    captured = statements.read_log(logged)
    varying = {statements.variable(i, number) for i, s in enumerate(captured)
               for number, text in s.parameters.items() if text is not None and text == varying_value}
    text, flags = statements.as_script(captured, varying)
    script = b.on.folder / f"{name}.sql"
    script.write_text("".join(beginning.format(name=v) for v in sorted(varying)) + text)
    requests = tools.write_requests(b.on.folder / f"{name}.requests", [tools.request("GET", p) for p in paths])
    b.serve()
    said = b.alternate(
        lambda: tools.load(b.port, CLIENTS, requests, b.seconds),
        {"pgbench": lambda: tools.pgbench(b.shop.url("carrack_app"), script, flags, CLIENTS, seconds=b.seconds,
                                          settings=settings)})
    return [row(name, f"{title}, {CLIENTS} connections", said, "pgbench", 1.0)]


def product(b):
    last = FIRST_HANDLE + b.shop.products - 1
    handles = [FIRST_HANDLE + n * 7919 % b.shop.products for n in range(b.shop.products)]
    middle = str(handles[len(handles) // 2])
    return beside_pgbench(b, "product", f"product by handle, any of {b.shop.products:,}",
                          [f"/v1/shop/products/{h}" for h in handles],
                          f"\\set {{name}} random({FIRST_HANDLE}, {last})\n", middle)


def product_list(b):
    return beside_pgbench(b, "list", "list of 20", ["/v1/shop/products?limit=20"], "", None)


def capture_order(b, lines, hot):
    carts = iter(b.shop.carts(2, lines, hot))
    placed = []
    b.captured += 1
    number = 700_000_001 + 10_000_000 * b.captured  # easy to find, and nobody else's

    def order(port):
        cart = next(carts)
        b.shop.sql(f"select setval('sales.order_number', {number - 1 + len(placed)}, false)")
        file = tools.write_requests(b.on.folder / "one.requests", [lane.checkout(cart)])
        tools.load(port, 1, file)
        placed.append(cart)

    kept = b.shop.sql("select id from inventory.locations union all select id from sales.shipping_methods").split()
    logged, counted, settings = b.shop.statements_of(order)
    b.shop.sql(f"select setval('sales.order_number', {number + 5_000_000})")
    # A connection that was opened for it says what it is set to: pgbench's are set to that, too.
    sent = [s for s in statements.read_log(logged) if s.name != "db.settle"]
    return OrderPlan(sent, placed[-1], number, kept, counted), settings


def place_orders(b, name, title, lines, hot, aim, clients=CLIENTS):
    plan, settings = capture_order(b, lines, hot)
    plan.create(b.shop)
    plain, pipelined, fetch = plan.scripts(b.on.folder, name)
    each = b.orders // (4 if clients == 1 else clients)
    count = lambda: int(b.shop.sql("select count(*) from sales.orders"))
    before, acknowledged, by_pgbench = count(), 0, 0
    b.serve()

    def ours():
        nonlocal acknowledged
        carts = b.shop.carts(each * clients, lines, hot)
        requests = tools.write_requests(b.on.folder / "orders.requests", [lane.checkout(c) for c in carts])
        b.shop.settle()
        said = tools.load(b.port, clients, requests)
        acknowledged += said["statuses"].get("201", 0)
        return said

    def pgbench(script, flags):
        nonlocal by_pgbench
        base = plan.add(b.shop, b.shop.carts(each * clients, lines, hot))
        b.shop.settle()
        said = tools.pgbench(b.shop.url("carrack_app"), script, [*flags, f"-Dbase={base}", f"-Deach={each}", "-Di=0"],
                             clients, transactions=each, settings=settings)
        by_pgbench += said["requests"]
        fetching = tools.pgbench(b.shop.url("carrack_app"), fetch[0], [f"-Dbase={base}", f"-Deach={each}", "-Di=0"],
                                 clients, transactions=each)
        said["with_fetch_per_second"], said["fetch_per_second"] = said["per_second"], fetching["per_second"]
        said["per_second"] = 1 / (1 / said["per_second"] - 1 / fetching["per_second"])
        return said

    said = b.alternate(ours, {"pgbench": lambda: pgbench(*plain), "pgbench, pipelined": lambda: pgbench(*pipelined)})
    stored = count() - before
    if stored != acknowledged + by_pgbench:
        raise Failed(f"{acknowledged} orders were acknowledged and pgbench placed {by_pgbench}, but {stored} are stored")
    made = [row(name, f"{title}, {clients} connection{'s'[:clients > 1]}", said, beside, aim) for beside in list(said)[1:]]
    for one in made:
        one["acknowledged"], one["stored"] = acknowledged, stored - by_pgbench
    return made


def orders(b):
    return place_orders(b, "orders", "orders of two lines, all variants", 2, False, 0.8)


def one_by_one(b):
    return place_orders(b, "one-by-one", "orders of two lines, all variants", 2, False, 0.8, clients=1)


def hot_orders(b):
    return place_orders(b, "hot-orders", "orders of one line, one variant", 1, True, None)


def order_lane(b):
    return lane.rows(b, row, "order-lane", "orders of two lines, 10,000 variants", 2, False, 2.0)


def hot_lane(b):
    return lane.rows(b, row, "hot-lane", "orders of one line, one variant", 1, True, 8.0)


def order_cost(b):
    return lane.cost(b, told)


def order_growth(b):
    return growth.growth(b, limit)


def order_moves(b):
    return moves.moves(b, told)


def start(b):
    port = machine.free_port()
    said = machine.output_of(machine.BUILD / "bench/start", "--port", port, "--times", 5 if b.quick else 20, "--then",
                             f"/v1/shop/products/{FIRST_HANDLE}", "--", *b.shop.command(port))
    alive, first = zip(*(map(float, line.split()) for line in said.splitlines()))
    in_a_folder = b.on.folder / "run"
    seconds = [run_until_it_says(b, in_a_folder) for _ in range(2)]
    return [limit("start", f"exec to the first 200 of /livez, median of {len(alive)}", statistics.median(alive), 5, "ms",
                  all=alive),
            limit("start", f"exec to the first product, median of {len(first)}", statistics.median(first), 25, "ms",
                  all=first),
            limit("start", "the second ./run until it says where to look", seconds[1] * 1000, 2000, "ms",
                  first_ms=seconds[0] * 1000)]


def run_until_it_says(b, data):
    """Seconds of ./run on this data folder, with the build up to date, until everything is up."""
    begun = time.monotonic()
    log = f"run-{begun}.log"
    shop = b.on.start(machine.ROOT / "run", "--data", data, "--listen", "127.0.0.1:0", log=log)
    with b.on.keep(shop):
        machine.wait_until("./run", lambda: "Ctrl-C stops everything." in (b.on.folder / log).read_text(), shop)
        return time.monotonic() - begun


def memory(b):
    server, port = b.shop.serve("memory.log")
    with b.on.keep(server):
        b.get("/livez", port)
        idle, _ = machine.memory_mb(server.pid)
        paths = [f"/v1/shop/products/{FIRST_HANDLE + n}" for n in range(b.shop.products)]
        lists = [f"/v1/shop/products?limit=100&sort={sort}" for sort in ("-published_at", "title", "-title")]
        reads = tools.write_requests(b.on.folder / "memory.requests", [tools.request("GET", p) for p in paths])
        pages = tools.write_requests(b.on.folder / "pages.requests", [tools.request("GET", p) for p in lists])
        tools.load(port, 256, reads, b.seconds)
        tools.load(port, 256, pages, b.seconds)
        writes = tools.write_requests(b.on.folder / "orders.requests",
                                      [lane.checkout(c) for c in b.shop.carts(b.orders)])
        tools.load(port, 64, writes)
        now, most = machine.memory_mb(server.pid)
    return [limit("memory", "resident after the start", idle, 20, "MB"),
            limit("memory", "most resident under 256 connections of pages and orders", most, 120, "MB",
                  after_load=round(now, 1))]


def authenticated(b):
    return signing_in.authenticated(b, row)


def sign_in(b):
    return signing_in.sign_in(b, row)


def crowd(b):
    return signing_in.crowd(b, limit)


CASES = {"livez": livez, "product-page": product_page, "product": product, "list": product_list,
         "authenticated": authenticated, "sign-in": sign_in, "crowd": crowd, "orders": orders, "one-by-one": one_by_one,
         "hot-orders": hot_orders,
         "order-lane": order_lane, "hot-lane": hot_lane, "order-cost": order_cost, "order-growth": order_growth, "order-moves": order_moves,
         "start": start, "memory": memory}
ASKED_FOR = {"order-cost", "order-growth", "order-moves"}  # takes long, or tells and measures nothing: not part of a whole run
