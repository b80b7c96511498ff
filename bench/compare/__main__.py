"""Runs the cases, prints the table, writes bench/results/*.json. Started by bench/run, which builds first."""

import argparse
import json
import sys
import time

from . import machine
from .cases import CASES, ASKED_FOR, Bench
from .machine import Failed, Machine
from .shop import Shop


def judge(r):
    if "told" in r:
        return ""
    if "at_most" in r:
        return "yes" if r["carrack"] <= r["at_most"] else "NO"
    if "at_least" in r:
        return "yes" if r["carrack"] >= r["at_least"] else "NO"
    return "" if r["aim"] is None else "yes" if r["ratio"] >= r["aim"] else "NO"


def cells(r):
    if "told" in r:
        return [r["title"], f"{r['carrack']:,} {r['unit']}", "", "", "", "", ""]
    if "at_most" in r:
        return [r["title"], f"{r['carrack']:,} {r['unit']}", "", "", f"at most {r['at_most']}", judge(r), ""]
    if "at_least" in r:
        return [r["title"], f"{r['carrack']:,} {r['unit']}", "", "", f"at least {r['at_least']}", judge(r), ""]
    return [r["title"], f"{r['carrack']:,.0f}/s", f"{r['beside']} {r['other']:,.0f}/s", f"{r['ratio']:.2f}",
            f"{r['aim']}" if r["aim"] else "", judge(r), f"{r['cpu_us_per_request']:.0f} µs"]


def print_table(rows):
    lines = [["what", "carrack", "beside it", "ratio", "aim", "met", "its CPU each"], *map(cells, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for n, line in enumerate(lines):
        print("  ".join(text.ljust(w) if i in (0, 2) else text.rjust(w)
                        for i, (text, w) in enumerate(zip(line, widths))).rstrip())
        if n == 0:
            print("  ".join("-" * w for w in widths))


def write_results(rows, environment, quick):
    day = environment["date"][:16].replace(":", "")
    file = machine.ROOT / f"bench/results/{day}-{environment['commit'].rstrip('+')}{'-quick' if quick else ''}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"environment": environment, "quick": quick, "rows": rows}, indent=1) + "\n")
    return file


def write_table():
    """bench/results/README.md: of each case the newest result that is kept, from the files beside it."""
    newest = {}
    for file in sorted((machine.ROOT / "bench/results").glob("*.json")):
        said = json.loads(file.read_text())
        if said["quick"]:
            continue
        for case in dict.fromkeys(r["case"] for r in said["rows"]):
            newest[case] = (file.name, [r for r in said["rows"] if r["case"] == case])
    lines = ["# Results", "", "Of each case the newest result, written by `bench/run` from the files beside this one. How to read it stands in",
             "[the README above](../README.md).", "", "| what | carrack | beside it | ratio | aim | met | run |",
             "| --- | ---: | ---: | ---: | ---: | --- | --- |"]
    for case in [c for c in CASES if c in newest]:
        file, rows = newest[case]
        lines += ["| " + " | ".join([*cells(r)[:6], f"[{file[:15]}]({file})"]).replace("  ", " ") + " |" for r in rows]
    (machine.ROOT / "bench/results/README.md").write_text("\n".join(lines) + "\n")


def main():
    flags = argparse.ArgumentParser(prog="bench/run")
    flags.add_argument("--quick", action="store_true")
    flags.add_argument("--only", action="append", choices=CASES, metavar="NAME")
    flags.add_argument("--past-orders", type=int, default=1_000_000, metavar="N")
    asked = flags.parse_args()
    begun = time.monotonic()
    environment = machine.environment()
    rows = []
    with Machine() as on:
        print("Making a database and a catalogue.", file=sys.stderr)
        shop = Shop(on, 2_000 if asked.quick else 10_000)
        environment["postgresql"] = shop.sql("show server_version")
        environment["products"] = shop.products
        bench = Bench(on, shop, asked.quick, asked.past_orders)
        for name in asked.only or [n for n in CASES if n not in ASKED_FOR]:
            print(f"Measuring {name}.", file=sys.stderr)
            case_begun = time.monotonic()
            rows += CASES[name](bench)
            print(f"That took {time.monotonic() - case_begun:.0f} s.", file=sys.stderr)
    environment["minutes"] = round((time.monotonic() - begun) / 60, 1)
    if not rows:
        return
    print()
    for key, value in environment.items():
        print(f"{key.replace('_', ' '):>22}  {value}")
    print()
    print_table(rows)
    file = write_results(rows, environment, asked.quick)
    write_table()
    print(f"\nWritten to {file.relative_to(machine.ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except Failed as why:
        sys.exit(f"bench/run: {why}")
    except KeyboardInterrupt:
        sys.exit("bench/run: stopped")
