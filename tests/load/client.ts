// Somebody who asks the shop over a connection of their own, and keeps every answer.
import { randomUUID } from "node:crypto";
import { Agent, request, type IncomingMessage } from "node:http";

import { is_open, name_of, type Attempt, type Deed, type Wish } from "./deeds.ts";

const PATIENCE_MS = 30_000; // for one answer; a server that is away is asked again
const ALL_PATIENCE_MS = 180_000; // then it is not coming back

export interface Question {
  method: string;
  path: string;
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export type Told = Pick<Attempt, "status" | "text" | "replayed" | "retry_after"> & { etag: string };

const NO_ANSWER: Told = { status: 0, text: "", replayed: false, retry_after: false, etag: "" };

export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly address: () => string) {}

  close(): void {
    this.agent.destroy();
  }

  // Opens the connection, so that the next question goes out at once.
  async connect(): Promise<void> {
    await this.ask({ method: "GET", path: "/livez" });
  }

  ask(q: Question): Promise<Told> {
    return new Promise((done) => {
      const nothing = () => done(NO_ANSWER);
      const body = q.body === undefined ? undefined : JSON.stringify(q.body);
      const headers = {
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        ...(q.token ? { authorization: `Bearer ${q.token}` } : {}),
        ...q.headers,
      };
      const sent = request(
        this.address() + q.path,
        { method: q.method, headers, agent: this.agent, timeout: PATIENCE_MS },
        (reply: IncomingMessage) => {
          let text = "";
          reply.setEncoding("utf8").on("data", (more: string) => (text += more));
          reply.on("error", nothing).on("aborted", nothing);
          reply.on("end", () =>
            done({
              status: reply.statusCode ?? 0,
              text,
              replayed: reply.headers["idempotency-replayed"] === "true",
              retry_after: /^\d+$/.test(reply.headers["retry-after"] ?? ""),
              etag: String(reply.headers.etag ?? ""),
            }),
          );
        },
      );
      sent.on("error", nothing);
      sent.on("timeout", () => sent.destroy());
      sent.end(body);
    });
  }
}

// The request of a deed is made once more, under the same key and a request id of its own.
export async function attempt(client: Client, deed: Deed, q: Question): Promise<Attempt> {
  const request_id = `deed-${randomUUID()}`;
  const sent = performance.now();
  const headers = { "idempotency-key": deed.key, "x-request-id": request_id, ...q.headers };
  const a: Attempt = {
    request_id,
    sent,
    answered: Infinity,
    status: 0,
    code: "",
    text: "",
    replayed: false,
    retry_after: false,
  };
  deed.attempts.push(a); // before it is answered: it may have its effect before we hear of it
  const told = await client.ask({ ...q, headers });
  Object.assign(a, told, { answered: performance.now() });
  if (told.status >= 400)
    try {
      a.code = (JSON.parse(told.text) as { code: string }).code;
    } catch {
      a.code = "no problem document";
    }
  return a;
}

// Asked until there is an answer that decides, or `give_up` says that nobody waits for it any more.
export async function insist(
  client: Client,
  deed: Deed,
  q: Question,
  give_up: () => boolean = () => false,
): Promise<Attempt> {
  for (const begun = performance.now(); ;) {
    const a = await attempt(client, deed, q);
    if (!is_open(a) || give_up()) return a;
    if (performance.now() - begun > ALL_PATIENCE_MS)
      throw new Error(`nobody answers: ${name_of(deed)}, ${a.status} ${a.code}`);
    await new Promise((go) => setTimeout(go, 20 + Math.random() * 60));
  }
}

export const deed_of = (wish: Wish): Deed => ({ wish, key: `deed-${randomUUID()}`, attempts: [] });
