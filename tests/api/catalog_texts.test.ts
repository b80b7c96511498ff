// Texts in every script, and what a description may hold.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { change, load, make } from "./goods.ts";
import { call, owner, pointers, refused, running } from "./harness.ts";
import { NAUGHTY } from "./naughty.ts";
import { unique } from "./shop.ts";

async function status_of(path: string): Promise<number> {
  const reply = await fetch(running().address + path);
  await reply.arrayBuffer();
  return reply.status;
}

test("texts in every script and of every kind come back as they went in", async () => {
  const token = await owner();
  for (const text of NAUGHTY) {
    const mark = unique("n");
    const sent = {
      title: text,
      handle: mark,
      published: true,
      vendor: text,
      product_type: text,
      options: [{ name: text, values: [text, "plain"] }],
      variants: [{ options: [{ name: text, value: text }], sku: `${mark} ${text}`, barcode: text }],
      media: [{ url: `https://example.com/${mark}`, alt: text }],
      tags: [`${text}${mark}`],
    };
    const made = await make(sent);
    assert.deepEqual(
      [made.title, made.vendor, made.product_type, made.options, made.tags, made.media[0]?.alt],
      [text, text, text, sent.options, sent.tags, text],
    );
    assert.deepEqual(
      [made.variants[0]?.title, made.variants[0]?.sku, made.variants[0]?.barcode],
      [text, `${mark} ${text}`, text],
    );
    assert.deepEqual(await load(made.id), made);
    const seen = (await call("viewProduct", { path: { id: mark } })).body;
    assert.deepEqual(
      [seen.title, seen.options, seen.tags, seen.variants[0]?.title],
      [text, [{ name: text, values: [text] }], sent.tags, text],
    );
    const by_tag = { tag: `${text}${mark}` };
    for (const data of [
      (await call("browseProducts", { query: by_tag })).body.data,
      (await call("listProducts", { token, query: { ...by_tag, vendor: text } })).body.data,
      (await call("listProducts", { token, query: { q: `${mark} ${text}` } })).body.data,
    ])
      assert.deepEqual(
        data.map((one) => one.id),
        [made.id],
        text,
      );
    await call("browseProducts", { query: { q: text } });
    const moved = await change(made.id, { title: `${text}!`, vendor: `${text}?` });
    assert.deepEqual([moved.title, moved.vendor], [`${text}!`, `${text}?`]);
    const category = (await call("createCategory", { token, body: { name: text, handle: mark } })).body;
    assert.equal(category.name, text);
    assert.ok([404, 422].includes(await status_of(`/v1/shop/products/${encodeURIComponent(text)}`)), text);
  }
});

test("control characters stand in no name", async () => {
  const token = await owner();
  for (const text of ["nul\u0000", "line\nfeed", "tab\t", "\u001b[31m", "\u007f", "\u0085"]) {
    const body = { title: text, vendor: text, tags: [text] };
    const problem = await refused("createProduct", 422, "invalid_request", { token, body });
    assert.deepEqual(pointers(problem), ["/tags/0", "/title", "/vendor"], JSON.stringify(text));
  }
});

test("description_html: what runs, loads or styles is taken out; what is safe stays, and stays the same", async () => {
  const cases: [string, string][] = [
    ["<p>Hello <em>you</em></p>", "<p>Hello <em>you</em></p>"],
    ["<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"],
    ['<p onclick="alert(1)">x</p>', "<p>x</p>"],
    ["1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"],
    ["<style>p{}</style><p>x</p>", "<p>x</p>"],
    ["", ""],
  ];
  for (const [html, expected] of cases)
    assert.equal((await make({ description_html: html })).description_html, expected);
  for (const html of [
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa\tScRiPt:alert(1)">x</a>',
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
    '<iframe src="https://evil.example"></iframe>',
    "<object data=x></object><embed src=x><base href=x><meta http-equiv=refresh content=0><link rel=stylesheet href=x>",
    "<form action=x><input><button>b</button></form>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<!--><img src=x onerror=alert(1)>-->",
    "<div".repeat(50),
  ]) {
    const made = await make({ description_html: html });
    const kept = made.description_html;
    assert.doesNotMatch(
      kept,
      /<(script|style|iframe|object|embed|base|meta|link|form|input|svg|math|noscript)\b/i,
      html,
    );
    assert.doesNotMatch(kept, /<[^>]*\s(on\w+|style)\s*=/i, html);
    assert.doesNotMatch(kept, /<[^>]*=\s*["']?\s*(javascript|data|vbscript):/i, html);
    assert.equal(
      (await change(made.id, { description_html: kept, title: unique("t") })).description_html,
      kept,
      html,
    );
  }
  const token = await owner();
  const tangled = { title: "T", description_html: "<b><i>".repeat(40_000) };
  const problem = await refused("createProduct", 422, "invalid_request", { token, body: tangled });
  assert.deepEqual(pointers(problem), ["/description_html"]);
});
