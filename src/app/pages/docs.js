// Shows /openapi.json as a page. No library, nothing fetched from elsewhere; text is only ever set as text.
"use strict";

const verbs = ["get", "post", "put", "patch", "delete"];
const at = (id) => document.getElementById(id);

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class contract {
  constructor(document) { this.document = document; }

  resolve(node) {
    if (!node || !node.$ref) return node;
    return node.$ref.slice(2).split("/").reduce((from, key) => from[key], this.document);
  }

  // "string (uuid)", "integer 1…100", "array of cart_line"
  type(schema) {
    if (!schema) return "";
    if (schema.$ref) return schema.$ref.split("/").pop();
    if (schema.anyOf) return schema.anyOf.map((each) => this.type(each)).join(" or ");
    if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
    if (schema.type === "array") return "array of " + this.type(schema.items);
    let said = schema.type ?? "any";
    if (schema.format && schema.format !== "int64") said += ` (${schema.format})`;
    if (schema.minimum !== undefined) said += ` ${schema.minimum}…${schema.maximum}`;
    if (schema.type === "integer" && schema.default !== undefined) said += `, else ${schema.default}`;
    if (schema.maxLength !== undefined) said += ` ${schema.minLength ?? 0}…${schema.maxLength} characters`;
    return said;
  }

  // The fields of a schema, nested ones indented, every named schema opened once.
  lines(schema, depth = 0, seen = []) {
    const name = schema?.$ref;
    const shape = this.resolve(schema) ?? {};
    const inner = shape.type === "array" ? shape.items : null;
    if (inner) return this.lines(inner, depth, seen);
    if (!shape.properties || seen.includes(name) || depth > 5) return [];
    const out = [];
    for (const [field, of] of Object.entries(shape.properties)) {
      const needed = (shape.required ?? []).includes(field);
      out.push({ text: "  ".repeat(depth) + field + (needed ? "" : "?"), note: this.type(of) });
      const nested = of.anyOf ? of.anyOf.find((each) => each.$ref) : of;
      out.push(...this.lines(nested, depth + 1, name ? [...seen, name] : seen));
    }
    return out;
  }
}

function schemaBlock(api, schema) {
  const lines = api.lines(schema);
  if (lines.length === 0) return make("p", { class: "type", text: api.type(schema) });
  const block = make("div", { class: "schema" });
  const widest = Math.max(...lines.map((line) => line.text.length));
  for (const line of lines)
    block.append(line.text.padEnd(widest + 3), make("span", { class: "note", text: line.note }), "\n");
  return block;
}

// Closed at first: the fields say what may stand there, the example what does.
function exampleBlock(media) {
  if (media?.example === undefined) return "";
  return make("details", { class: "example" }, make("summary", { text: "Example" }),
    make("div", { class: "schema", text: JSON.stringify(media.example, null, 2) }));
}

function parameterTable(api, parameters) {
  const table = make("table", { class: "parameters" }, make("tr", {}, make("th", { text: "Name" }), make("th", { text: "In" }),
    make("th", { text: "Type" }), make("th", { text: "" })));
  for (const each of parameters.map((p) => api.resolve(p))) {
    const name = make("td", {}, make("code", { text: each.name }));
    if (each.required) name.append(make("span", { class: "needed", text: "required" }));
    table.append(make("tr", {}, name, make("td", { text: each.in }),
      make("td", { class: "type", text: api.type(each.schema) }), make("td", { text: each.description ?? "" })));
  }
  return table;
}

function responseTable(api, responses) {
  const table = make("table");
  for (const [status, given] of Object.entries(responses)) {
    if (status === "default") continue;
    const response = api.resolve(given);
    const examples = response.content?.["application/problem+json"]?.examples;
    const cell = make("td");
    if (examples)
      for (const [code, example] of Object.entries(examples))
        cell.append(make("div", {}, make("code", { text: code }), ` ${api.resolve(example).summary}`));
    else cell.textContent = response.description;
    table.append(make("tr", {}, make("td", {}, make("code", { text: status })), cell));
  }
  return table;
}

function badges(operation) {
  const box = make("div", { class: "badges" });
  const permission = operation["x-permission"];
  const open = !(operation.security ?? []).some((way) => "access_token" in way);
  const say = (text) => box.append(make("span", { class: "badge", text }));
  say(open ? "open to anyone" : permission ? `permission: ${permission.method} ${permission.route}` : "signed in");
  if (permission?.by_location) say("can be limited to locations");
  say(`at most ${operation["x-statement-budget"]} SQL statements`);
  say(operation.operationId);
  return box;
}

function inside(api, operation) {
  const box = make("div", { class: "inside" }, badges(operation));
  if (operation.description) box.append(make("p", { text: operation.description }));
  if (operation.parameters?.length) box.append(make("h3", { text: "Parameters" }), parameterTable(api, operation.parameters));
  const body = operation.requestBody?.content?.["application/json"];
  if (body) box.append(make("h3", { text: "Body" }), schemaBlock(api, body.schema), exampleBlock(body));
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  const answer = good?.[1].content?.["application/json"];
  if (answer)
    box.append(make("h3", { text: `Answer ${good[0]}: ${api.type(answer.schema)}` }), schemaBlock(api, answer.schema),
      exampleBlock(answer));
  box.append(make("h3", { text: "Statuses" }), responseTable(api, operation.responses));
  return box;
}

function article(api, path, verb, operation) {
  const head = make("summary", { class: "head" }, make("span", { class: `verb ${verb.toUpperCase()}`, text: verb.toUpperCase() }),
    make("span", { class: "path", text: path }), make("span", { class: "what", text: operation.summary }));
  const details = make("details", {}, head);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(inside(api, operation));
  });
  return make("article", { id: operation.operationId }, details);
}

function groups(document) {
  const found = new Map();
  for (const [path, methods] of Object.entries(document.paths))
    for (const verb of verbs) {
      const operation = methods[verb];
      if (!operation) continue;
      const area = path.startsWith("/v1/admin/") ? "admin" : path.startsWith("/v1/shop/") ? "shop" : "auth";
      const key = area === "admin" ? `admin: ${operation.tags[0]}` : area;
      if (!found.has(key)) found.set(key, []);
      found.get(key).push({ path, verb, operation });
    }
  const rank = (key) => (key === "shop" ? 0 : key === "auth" ? 1 : 2);
  return [...found].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

function show(document) {
  const api = new contract(document);
  at("version").textContent = `version ${document.info.version}`;
  at("about").textContent = document.info.description;
  for (const [name, operations] of groups(document)) {
    const section = make("section", { class: "group" }, make("h2", { text: name }));
    const links = make("div", { class: "links" }, make("h2", { text: name }));
    for (const { path, verb, operation } of operations) {
      section.append(article(api, path, verb, operation));
      links.append(make("a", { href: `#${operation.operationId}`, title: `${verb.toUpperCase()} ${path}` },
        make("span", { class: `verb ${verb.toUpperCase()}`, text: verb.toUpperCase() }), make("span", { text: operation.summary })));
    }
    at("operations").append(section);
    at("list").append(links);
  }
  openTarget();
}

function openTarget() {
  const target = location.hash && at(location.hash.slice(1));
  if (!target) return;
  target.querySelector("details").open = true;
  target.scrollIntoView();
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const article of document.querySelectorAll("article")) {
    const said = `${article.closest(".group").querySelector("h2").textContent} ${article.querySelector(".head").textContent}`;
    article.hidden = !words.every((word) => said.toLowerCase().includes(word));
    document.querySelector(`#list a[href="#${article.id}"]`).hidden = article.hidden;
  }
  for (const group of document.querySelectorAll("#list .links, .group"))
    group.hidden = !group.querySelector("a:not([hidden]), article:not([hidden])");
  at("none").hidden = document.querySelector(".group:not([hidden])") !== null;
  at("none").textContent = `No operation matches “${text.trim()}”.`;
}

addEventListener("hashchange", openTarget);
at("filter").addEventListener("input", (event) => filter(event.target.value));
fetch("/openapi.json")
  .then((response) => { if (!response.ok) throw new Error(`status ${response.status}`); return response.json(); })
  .then(show)
  .catch((fault) => at("operations").append(make("p", { class: "fault", text: `The contract cannot be read: ${fault.message}` })));
