#!/usr/bin/env python3
"""Does the style test see? Plants one fault at a time into a small tree and expects it to be found, alone."""

import hashlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source  # noqa: E402
import tidy  # noqa: E402

MIGRATION = "create table sales.orders (amount bigint not null, note text not null);\n"

CLEAN = {
    "src/domains.txt": "catalog\norders\n",
    "src/layers.txt": "# LAYER : ours | others'\ncore : | describe\nhttp : core | asio json\n"
    "domain : core http | describe fmt\napp : core http domains | fmt\n",
    "src/core/money.hpp": "#pragma once\n#include <boost/describe/class.hpp>\nstruct money { long amount; };\n",
    "src/http/codec.hpp": '#pragma once\n#include "core/money.hpp"\n#include <boost/json/value.hpp>\n',
    "src/http/session.hpp": '#pragma once\n#include <boost/asio/ip/tcp.hpp>\n',
    "src/http/session.cpp": '#include "http/session.hpp"\ndouble load_average();\n',
    "src/catalog/catalog.hpp": "#pragma once\n",
    "src/catalog/events.hpp": "#pragma once\n",
    "src/catalog/store.hpp": '#pragma once\n#include "catalog/catalog.hpp"\n#include <fmt/format.h>\n#include <vector>\n',
    "src/orders/api.hpp": '#pragma once\n#include "http/codec.hpp"\nendpoint x{{.id = "placeOrder"}};\n',
    "src/orders/store.cpp": '#include "orders/api.hpp"\n#include "catalog/catalog.hpp"\n#include "catalog/events.hpp"\n'
    'constexpr auto q = R"sql(select id, count(*) from src_work where a * 2 > 1 -- all of them\n)sql";  // not select *\n',
    "src/app/main.cpp": '#include "orders/api.hpp"\n#include "catalog/store.hpp"\nint main() {}\n',
    "migrations/0001_orders.sql": MIGRATION,
    "migrations/0003_catalog_things.sql": "create table catalog.things (id uuid, kind text);\n",
    "migrations/released.txt": f"# sha256sum\n{hashlib.sha256(MIGRATION.encode()).hexdigest()}  0001_orders.sql\n",
    "tests/api/orders_test.cpp": 'auto const name = "placeOrder"; auto const none = "XXX";\n',
    "docs/adr/README.md": "| number | decision | |\n| --- | --- | --- |\n| 7 | [Why not](0007-why-not.md) | because |\n",
    "docs/adr/0007-why-not.md": "# 7. Why not\n\nBecause.\n",
    "README.md": "See src/work/context.cpp and ../work/x.\n",
}

LONG = "    work();\n"

# check, file, its content (None: gone), part of what is said
FAULTS = [
    ("file_length", "src/http/long.cpp", "int x;\n" * 501, "has 501 lines"),
    ("function_length", "src/http/long.cpp", "void f() {\n" + LONG * 69 + "}\n", "has 71 lines"),
    ("function_length", "src/http/long.cpp", "namespace a {\nstruct b {\n  int f() const {\n" + LONG * 69 + "}\n};\n}\n", ""),
    ("function_length", "src/http/long.cpp", "x::x() : a_{1}, b_(2) {\n" + LONG * 69 + "}\n", ""),
    ("function_length", "src/http/long.cpp", "auto const f = [](int x) {\n" + LONG * 69 + "};\n", ""),
    ("function_length", "src/http/long.cpp", "template <class T>\n  requires (sizeof(T) > 1)\nauto f(T x) -> int {\n" + LONG * 68 + "}\n", ""),
    ("function_length", "tests/api/long_test.cpp", "TEST(a, b) {\n" + LONG * 69 + "}\n", ""),
    ("function_length", "bench/run.py", "def f():\n" + "    x = 1\n" * 70, "has 71 lines"),
    ("function_length", "tests/api/x.ts", "test(`a ${f({})} {`, async () => {\n" + LONG * 69 + "});\n", "has 71 lines"),
    ("function_length", "src/app/pages/x.js", "class A {\n  f({ a }, b = /[{/]/) {\n" + LONG * 69 + "  }\n}\n", "has 71 lines"),
    ("function_length", "tests/api/x.ts", "async function f(): Promise<{ a: number }> {\n" + LONG * 69 + "}\n", "has 71 lines"),
    ("function_length", "bench/run", "#!/bin/sh\nf() {\n" + LONG * 69 + "}\n", "has 71 lines"),
    ("file_length", "tests/readme/tour", "#!/usr/bin/env bash\n" + ":\n" * 500, "has 501 lines"),
    ("select_star", "src/orders/query.cpp", 'auto q = R"sql(SELECT\n  * FROM x)sql";\n', "lists no columns"),
    ("select_star", "src/orders/query.cpp", 'auto q = "select o.* from o";\n', ""),
    ("select_star", "src/orders/query.cpp", 'auto q = "select a, b.* from b";\n', ""),
    ("select_star", "src/orders/query.cpp", 'auto q = "select count(1), * from x";\n', ""),
    ("select_star", "src/orders/query.cpp", 'auto q = "select f(a, b), "\n  "(t).* from t";\n', ""),
    ("select_star", "src/orders/query.cpp", 'auto q = "insert into o values (1) returning *";\n', ""),
    ("select_star", "migrations/0002_orders_view.sql", "create view v as select distinct * from x;\n", ""),
    ("floating_point_near_money", "src/orders/rules.cpp", "float share();\n", "floating point"),
    ("floating_point_near_money", "src/orders/rules.cpp", "long tax(long n) { return n * 0.19; }\n", "floating point"),
    ("floating_point_near_money", "src/orders/rules.cpp", "auto const most = 1e6;\n", "floating point"),
    ("floating_point_near_money", "src/orders/x.cpp", 'auto q = "select amount::float8 from x";\n', "casts"),
    ("floating_point_near_money", "src/orders/x.cpp", 'auto q = "select cast(n as double  precision) from x";\n', "casts"),
    ("floating_point_near_money", "src/orders/x.cpp", 'auto q = "select a * 0.19 from x";\n', "multiplies"),
    ("floating_point_near_money", "src/orders/x.cpp", 'auto q = "select o.total_amount / 3 from x";\n', "divides"),
    ("floating_point_near_money", "src/orders/x.cpp", 'auto q = "select 100 / p.price from x";\n', "divides"),
    ("floating_point_near_money", "migrations/0002_orders_x.sql", "create view v as select sum(amount) / 2 from x;\n", "divides"),
    ("floating_point_near_money", "src/core/money.cpp", "auto d = std::stod(s);\n", ""),
    ("floating_point_near_money", "src/http/x.cpp", "long amount;\n\n\ndouble rate;\n", ""),
    ("floating_point_near_money", "migrations/0002_orders_x.sql", "create table x (p double  precision);\n", ""),
    ("layers", "src/core/x.hpp", '#include "http/codec.hpp"\n', "core may not include http"),
    ("layers", "src/http/x.hpp", '#include "db/x.hpp"\n', "http may not include db"),
    ("layers", "src/http/x.hpp", '#include "orders/orders.hpp"\n', "http may not include orders"),
    ("layers", "src/catalog/x.cpp", '  #  include "orders/orders.hpp"\n', "not below"),
    ("layers", "src/orders/x.cpp", '#include "catalog/store.hpp"\n', "only catalog.hpp and events.hpp"),
    ("layers", "src/orders/x.cpp", '#include "app/main.hpp"\n', "may not include app"),
    ("layers", "src/orders/x.cpp", '#include "../catalog/catalog.hpp"\n', "written from src/"),
    ("layers", "src/returns/x.cpp", '#include "core/money.hpp"\n', "is in no layer"),
    ("layers", "src/http/x.hpp", '#include"catalog/catalog.hpp"\n', "http may not include catalog"),
    ("foreign_headers", "src/http/x.hpp", "#include <db/database.hpp>\n", "in no group"),
    ("foreign_headers", "src/orders/x.hpp", "#include <core/money.hpp>\n", "write it in quotes"),
    ("foreign_headers", "src/orders/x.cpp", "#include <boost/asio/post.hpp>\n", "gives it no asio"),
    ("foreign_headers", "src/orders/x.cpp", "  #  include <libpq-fe.h>\n", "gives it no libpq"),
    ("foreign_headers", "src/core/x.cpp", "#include <sodium.h>\n", "gives it no sodium"),
    ("foreign_headers", "src/core/x.cpp", "#include <fmt/format.h>\n", "gives it no fmt"),
    ("foreign_headers", "src/orders/x.cpp", "#include <sys/socket.h>\n", "gives it no posix"),
    ("foreign_headers", "src/orders/x.cpp", "#include <new/library.hpp>\n", "in no group"),
    ("tables_of_others", "src/orders/x.cpp", 'auto q = R"sql(update catalog.things set kind = $1)sql";\n', "belongs to catalog"),
    ("tables_of_others", "src/http/x.cpp", 'auto q = "select note from sales.orders";\n', "belongs to orders"),
    ("tables_of_others", "migrations/0004_catalog_x.sql", "alter table sales.orders drop column note;\n", "to catalog"),
    ("tables_of_others", "migrations/0004_orders_x.sql", "create index i on catalog.things (kind);\n", "to orders"),
    ("confined_headers", "src/orders/x.cpp", '#include "http/session.hpp"\n', "out of its layer"),
    ("confined_headers", "src/http/wrap.hpp", '#include "http/session.hpp"\n', None),
    ("migrations", "migrations/0001_orders.sql", MIGRATION + "\n", "has changed since"),
    ("migrations", "migrations/0001_orders.sql", None, "is gone"),
    ("migrations", "migrations/0001_catalog.sql", "select 1;\n", "has the number of"),
    ("migrations", "migrations/0004_returns.sql", "select 1;\n", "is no domain"),
    ("migrations", "migrations/released.txt", "abc  0001_orders.sql\n", "not a line of sha256sum"),
    ("left_overs", "src/http/x.cpp", "// TO" + "DO later\n", "do it"),
    ("left_overs", "README.md", "FIX" + "ME\n", ""),
    ("left_overs", "run", "# XX" + "X odd\n", ""),
    ("machine_paths", "README.md", "cd /wo" + "rk/main\n", "one machine"),
    ("machine_paths", "bench/run.sh", "cat /tm" + "p/bash_jobs.0/x\n", ""),
    ("decisions", "docs/adr/0008-why.md", "# 8. Why\n", "needs the row: | 8 | [Why](0008-why.md) |"),
    ("decisions", "docs/adr/0007-why-not.md", "# 7. Because\n", "needs the row"),
    ("decisions", "docs/adr/0007-why-not.md", "## ADR 7: Why not\n", "must begin with '# 7. '"),
    ("decisions", "docs/adr/0007-why-not.md", None, "is not there"),
    ("decisions", "docs/adr/0007-zoology.md", "# 7. Zoology\n", "has the number of"),
    ("decisions", "docs/adr/notes.md", "# Notes\n", "is no decision"),
    ("endpoints_are_tested", "src/orders/api.hpp", 'endpoint x{{.id = "cancelOrder"}};\n', "cancelOrder"),
    ("endpoints_are_tested", "tests/api/orders_test.cpp", 'auto n = "placeOrders";\n', "placeOrder"),
]

HARMLESS = {
    "a function of 70 lines": ("src/http/x.cpp", "void f() {\n" + LONG * 68 + "}\n"),
    "a long class of short functions": ("src/http/x.cpp", "struct a {\n" + "  void f() { g(); }\n" * 100 + "};\n"),
    "a macro before a namespace": ("src/http/x.cpp", "DESCRIBE(a, (), (b))\nnamespace c {\n" + "int f();\n" * 100 + "}\n"),
    "a table outside of functions": ("src/http/x.cpp", "constexpr row all[] = {\n" + "  {f(1), 2},\n" * 100 + "};\n"),
    "a test's table": ("tests/api/x_test.cpp", "TEST(a, b) {\n  row const all[] = {\n" + "  {1, 2},\n" * 100 + "  };\n}\n"),
    "a test's table in TypeScript": ("tests/api/x.ts", "test(1, () => {\n  const all = [\n" + "    { a: 1 },\n" * 100 + "  ];\n});\n"),
    "a long object of short functions": ("src/app/pages/x.js", "const all = {\n" + "  f() { g(); },\n" * 100 + "};\n"),
    "branches that are no functions": ("src/app/pages/x.js", "if (a) {\n" + "  f();\n" * 100 + "} else if (b) {\n}\n"),
    "a product of columns": ("src/orders/x.cpp", 'auto q = "select count(*), a * b, sum(c * 2) as n from x";\n'),
    "a path of prices": ("src/orders/x.cpp", 'auto p = "/v1/admin/variants/{id}/prices"; auto q = "set of things/prices_of";\n'),
    "numbers that are whole": ("src/orders/x.cpp", "auto a = 0x1e3 + 1'000'000 + r[0].x; // 0.5\n"),
    "a reference to another's table": ("migrations/0004_orders_x.sql", "create table sales.x (t uuid references catalog.things);\n"),
    "braces in strings": ("src/http/x.cpp", 'void f() { g("{", \'{\', R"x(")" {{{ )x"); }\n' + "int x;\n" * 100),
    "floating point far from money": ("src/http/x.cpp", "double load;\n" + "\n" * 20 + "long amount;\n"),
    "the word in a comment": ("src/orders/x.cpp", "// double the amount\n"),
    "an unknown currency": ("tests/api/x_test.cpp", 'find("XXX"); // "XXX" is none\n'),
}


def plant(root, files):
    for name, content in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_text(content)


def found_in(files):
    with tempfile.TemporaryDirectory() as root:
        plant(root, CLEAN)
        plant(root, files)
        return list(tidy.faults(tidy.Tree(root), tidy.CHECKS))


class SelfTest(unittest.TestCase):
    def test_the_clean_tree_is_clean(self):
        self.assertEqual(found_in({}), [])

    def test_each_fault_is_found_and_nothing_else(self):
        for check, path, content, said in FAULTS:
            with self.subTest(check=check, path=path, content=content and content[:60]):
                found = found_in({path: content})
                if said is None:
                    self.assertEqual(found, [])
                    continue
                self.assertEqual(len(found), 1, found)
                self.assertIn(f"[{check}]", found[0])
                self.assertIn(said, found[0])

    def test_what_is_harmless_passes(self):
        for what, (path, content) in HARMLESS.items():
            with self.subTest(what):
                self.assertEqual(found_in({path: content}), [])

    def test_every_check_has_a_planted_fault(self):
        self.assertEqual(set(tidy.CHECKS), {check for check, _, _, _ in FAULTS})

    def test_a_confined_header_is_followed_through_others(self):
        found = found_in({"src/http/wrap.hpp": '#include "http/session.hpp"\n',
                          "src/orders/x.cpp": '#include "http/wrap.hpp"\n'})
        self.assertEqual(len(found), 1, found)
        self.assertIn("src/orders/x.cpp:1", found[0])

    def test_lines_are_right(self):
        self.assertEqual(source.functions("int x;\n\nint f()\n{\n}\n\nint g() {}\n"), [(3, 5), (7, 7)])
        self.assertIn("src/orders/q.cpp:3:", found_in({"src/orders/q.cpp": '\n\nauto q = "select * from x";\n'})[0])

    def test_the_command_answers_with_its_exit_code(self):
        command = [sys.executable, tidy.__file__, "--root"]
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(subprocess.run(command + [root], capture_output=True).returncode, 2, "no src/")
            plant(root, CLEAN)
            self.assertEqual(subprocess.run(command + [root], capture_output=True).returncode, 0)
            self.assertEqual(subprocess.run(command + [root, "nonsense"], capture_output=True).returncode, 2)
            plant(root, {"src/core/x.hpp": '#include "db/x.hpp"\n'})
            self.assertEqual(subprocess.run(command + [root], capture_output=True).returncode, 1)
            self.assertEqual(subprocess.run(command + [root, "left_overs"], capture_output=True).returncode, 0)
            self.assertEqual(subprocess.run(command + [root, "--except", "layers"], capture_output=True).returncode, 0)
            self.assertEqual(subprocess.run(command + [root, "--except", "x"], capture_output=True).returncode, 2)


if __name__ == "__main__":
    unittest.main()
