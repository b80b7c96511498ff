// What the API tests are written with: typed calls by operation id, whose every answer is held against the OpenAPI
// document, and raw bytes over a socket. Run through run.ts, which starts the server and generates the types.
import { strict as assert } from "node:assert";
import { connect } from "node:net";

import { Contract, type Document } from "./contract.ts";
import type { operations } from "./generated/api.d.ts";
import { note_secrets } from "./secrets.ts";
import type { Running } from "./server.ts";

export type Operation = keyof operations;
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { pointer: string; code: string; message: string }[];
};

type JsonOf<R> = R extends { content: { "application/json": infer B } } ? B : undefined;
type Good<R> = R extends object ? JsonOf<R[keyof R & (200 | 201 | 202 | 204)]> : never;
export type Answer<O extends Operation> = Good<operations[O]["responses"]>;
type PathOf<O extends Operation> = operations[O]["parameters"]["path"];
type QueryOf<O extends Operation> = operations[O]["parameters"]["query"];
type BodyOf<O extends Operation> = operations[O] extends {
  requestBody?: { content: { "application/json": infer B } };
}
  ? B
  : undefined;

interface Sent {
  token?: string;
  headers?: Record<string, string>;
}
// What the contract asks for.
type Input<O extends Operation> = Sent & {
  query?: QueryOf<O>;
  body?: BodyOf<O>;
} & (undefined extends PathOf<O> ? { path?: undefined } : { path: PathOf<O> });
// What a rude client sends.
interface AnyInput extends Sent {
  path?: Record<string, string>;
  query?: Record<string, string | number>;
  body?: unknown;
  raw_body?: string;
}

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}

export function running(): Running {
  const told = process.env["CARRACK_API_TESTS"];
  assert.ok(told, "Run the tests through ./test api, or with: npm test (in tests/api)");
  return JSON.parse(told) as Running;
}

let loaded: Promise<Contract> | undefined;

export function contract(): Promise<Contract> {
  loaded ??= fetch(`${running().address}/openapi.json`).then(
    async (reply) => new Contract((await reply.json()) as Document),
  );
  return loaded;
}

function url_of(
  template: string,
  path: Record<string, string> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name];
    assert.ok(value !== undefined, `${template} needs the path parameter ${name}`);
    return encodeURIComponent(value);
  });
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) asked.append(name, String(value));
  return running().address + filled + (asked.size > 0 ? `?${asked}` : "");
}

// Sends whatever it is given; checks the answer against the document, and that it is no 5xx.
export async function send(id: string, input: AnyInput = {}): Promise<Reply<unknown>> {
  const { method, path } = (await contract()).find(id);
  const headers = new Headers(input.headers);
  if (input.token) headers.set("authorization", `Bearer ${input.token}`);
  const body = input.raw_body ?? (input.body === undefined ? undefined : JSON.stringify(input.body));
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const reply = await fetch(url_of(path, input.path, input.query), {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await reply.text();
  assert.ok(reply.status < 500, `${id} answered ${reply.status}: ${text}`);
  (await contract()).check(id, reply.status, reply.headers, text);
  const answered = text === "" ? undefined : (JSON.parse(text) as unknown);
  if (reply.status < 300)
    await note_secrets(running().data, {
      path,
      ...(input.path ? { parameters: input.path } : {}),
      ...(input.query ? { query: input.query } : {}),
      ...(input.token ? { token: input.token } : {}),
      sent: input.body,
      answered,
      cookie: reply.headers.get("set-cookie"),
    });
  return { status: reply.status, headers: reply.headers, body: answered };
}

// A call that must succeed, with what the contract says it takes and gives.
export async function call<O extends Operation>(id: O, input: Input<O>): Promise<Reply<Answer<O>>> {
  const reply = await send(id, input as AnyInput);
  assert.ok(reply.status < 300, `${id} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply as Reply<Answer<O>>;
}

// A call that must be refused with this status and code.
export async function refused(
  id: Operation,
  status: number,
  code: string,
  input: AnyInput,
): Promise<Problem> {
  const reply = await send(id, input);
  const problem = reply.body as Problem;
  assert.equal(reply.status, status, `${id}: ${JSON.stringify(problem)}`);
  assert.equal(problem.code, code, JSON.stringify(problem));
  assert.equal(problem.status, status);
  assert.equal(problem.request_id, reply.headers.get("x-request-id"));
  return problem;
}

export const pointers = (problem: Problem): string[] => (problem.errors ?? []).map((e) => e.pointer).sort();

let owners: Promise<string> | undefined;

// The owner's access token; signed in once for each test file.
export function owner(): Promise<string> {
  owners ??= call("login", { body: running().owner }).then((reply) => reply.body.access_token);
  return owners;
}

export interface RawReply {
  status: number;
  headers: Map<string, string>; // names in lower case
  body: string;
  closed: boolean; // by the server
}

// Sends these bytes as they are and reads one answer, until the server closes or `wait_ms` without a byte.
export function raw(bytes: string | Uint8Array, wait_ms = 1000): Promise<RawReply> {
  const { hostname, port } = new URL(running().address);
  return new Promise((done, fail) => {
    let seen = Buffer.alloc(0);
    let closed = false;
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const finish = () => {
      socket.destroy();
      const text = seen.toString("utf8");
      const end = text.indexOf("\r\n\r\n");
      const [line = "", ...fields] = text.slice(0, Math.max(end, 0)).split("\r\n");
      const headers = new Map<string, string>();
      for (const field of fields) {
        const colon = field.indexOf(":");
        headers.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
      }
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? 0);
      done({ status, headers, body: end < 0 ? "" : text.slice(end + 4), closed });
    };
    socket.setTimeout(wait_ms, finish);
    socket.on("data", (chunk) => (seen = Buffer.concat([seen, chunk])));
    socket.on("end", () => {
      closed = true;
      finish();
    });
    socket.on("error", (why: NodeJS.ErrnoException) => {
      if (why.code !== "ECONNRESET" && why.code !== "EPIPE") return fail(why);
      closed = true;
      finish();
    });
  });
}

// "GET /path HTTP/1.1" with a Host and what else is given, on a connection that is closed afterwards.
export function request_text(line: string, fields: string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: localhost", "Connection: close", ...fields, "", body].join("\r\n");
}
