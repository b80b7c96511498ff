// The page at /docs, run as a browser runs it: it shows every operation of the document, opens the one that its address
// names, finds by words, and says so when the contract cannot be read. Nothing is fetched from elsewhere.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { JSDOM } from "jsdom";

import { contract, running } from "./harness.ts";

interface Shown {
  page: Document;
  window: JSDOM["window"];
  asked: string[];
}

async function show(hash = "", contract_status = 200): Promise<Shown> {
  const { address } = running();
  const [html, script] = await Promise.all(
    ["/docs", "/docs/docs.js"].map((path) => fetch(address + path).then((reply) => reply.text())),
  );
  const asked: string[] = [];
  const { window } = new JSDOM(html, { url: `${address}/docs${hash}`, runScripts: "outside-only" });
  // What a browser has and jsdom has not.
  window.HTMLElement.prototype.scrollIntoView = () => undefined;
  const read = async (path: string) => {
    asked.push(path);
    const reply = await fetch(address + path);
    const text = await reply.text();
    return { ok: contract_status === 200, status: contract_status, json: () => JSON.parse(text) as unknown };
  };
  Object.assign(window, { fetch: read });
  window.eval(script ?? "");
  const page = window.document;
  for (const by = Date.now() + 10_000; Date.now() < by && !page.querySelector("article, .fault");)
    await new Promise((go) => setTimeout(go, 5));
  return { page, window, asked };
}

const shown_ids = (page: Document) =>
  [...page.querySelectorAll<HTMLElement>("article")].filter((one) => !one.hidden).map((one) => one.id);

function open(page: Document, window: JSDOM["window"], id: string): string {
  const details = page.querySelector<HTMLDetailsElement>(`#${id} details`);
  assert.ok(details);
  details.open = true;
  details.dispatchEvent(new window.Event("toggle"));
  return details.textContent ?? "";
}

test("every operation is shown, with its fields, statuses and permission", async () => {
  const { page, window, asked } = await show();
  const all = (await contract()).operations();
  assert.deepEqual(shown_ids(page).sort(), all.map((of) => of.operation.operationId).sort());
  for (const { operation } of all) {
    const told = open(page, window, operation.operationId);
    assert.doesNotMatch(told, /undefined|\[object/, operation.operationId);
    for (const status of Object.keys(operation.responses))
      if (status !== "default") assert.ok(told.includes(status), `${operation.operationId} ${status}`);
    const { route } = operation["x-permission"] ?? {};
    if (route) assert.ok(told.includes(route), operation.operationId);
  }
  assert.match(open(page, window, "checkout"), /idempotency_key_required/);
  assert.deepEqual(asked, ["/openapi.json"]);
});

test("an address that names an operation opens it", async () => {
  const { page } = await show("#createProduct");
  const opened = [...page.querySelectorAll("details[open]")].map((one) => one.closest("article")?.id);
  assert.deepEqual(opened, ["createProduct"]);
});

test("operations are found by words of their address and name", async () => {
  const { page, window } = await show();
  const filter = page.querySelector<HTMLInputElement>("#filter");
  const none = page.querySelector<HTMLElement>("#none");
  assert.ok(filter && none);
  const find = (words: string) => {
    filter.value = words;
    filter.dispatchEvent(new window.Event("input"));
    return shown_ids(page);
  };
  const found = find("post PRODUCTS media");
  assert.deepEqual(found, ["addMedia"]);
  assert.ok(none.hidden);
  assert.deepEqual(find("no such thing"), []);
  assert.ok(!none.hidden);
  assert.match(none.textContent ?? "", /“no such thing”/);
  assert.equal(find("").length, (await contract()).operations().length);
});

test("a contract that cannot be read is told", async () => {
  const { page } = await show("", 503);
  assert.match(page.querySelector(".fault")?.textContent ?? "", /The contract cannot be read: status 503/);
});
