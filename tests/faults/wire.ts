// As much of PostgreSQL's wire protocol (version 3) as a gate needs: where messages end, and which of them is COMMIT.

export interface Message {
  type: string; // a letter; "" of the first ones of a connection, which have none
  body: Buffer; // without type and length
  bytes: Buffer; // all of it
}

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

// Cuts a stream into messages, however its bytes arrive. Each direction begins in its own way.
export class Messages {
  private rest = Buffer.alloc(0);
  private typed: boolean;
  private single = 0; // bytes that come alone: the server's answers to SSLRequest and its like

  constructor(from: "client" | "server") {
    this.typed = from === "server";
  }

  // The client asked for encryption; one letter will answer.
  expect_letter(): void {
    this.single += 1;
  }

  take(bytes: Buffer): Message[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const out: Message[] = [];
    for (let m = this.next(); m; m = this.next()) out.push(m);
    return out;
  }

  private next(): Message | undefined {
    if (this.single > 0 && this.rest.length > 0) {
      this.single -= 1;
      return this.cut(1, 1, "");
    }
    const head = this.typed ? 5 : 4;
    if (this.rest.length < head) return undefined;
    const length = this.rest.readInt32BE(head - 4) + head - 4;
    if (this.rest.length < length) return undefined;
    const m = this.cut(length, head, this.typed ? String.fromCharCode(this.rest[0] ?? 0) : "");
    if (m.type === "" && !asks_for_encryption(m) && !is_cancel(m)) this.typed = true; // that was the startup message
    return m;
  }

  private cut(length: number, head: number, type: string): Message {
    const bytes = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return { type, body: bytes.subarray(head), bytes };
  }
}

const code_of = (m: Message) => (m.type === "" && m.body.length >= 4 ? m.body.readInt32BE(0) : 0);
export const asks_for_encryption = (m: Message) => [SSL_REQUEST, GSS_REQUEST].includes(code_of(m));
const is_cancel = (m: Message) => code_of(m) === CANCEL_REQUEST;

function words(body: Buffer, how_many: number): string[] {
  const out: string[] = [];
  let at = 0;
  while (out.length < how_many) {
    const end = body.indexOf(0, at);
    if (end < 0) break;
    out.push(body.toString("utf8", at, end));
    at = end + 1;
  }
  return out;
}

const IS_COMMIT = /^\s*(commit|end)\s*(work|transaction)?\s*;?\s*$/i;
const IS_BEGIN = /^\s*(begin|start transaction)\b/i;

// What a client runs, statement by statement: knows the names that it has given to statements and portals.
export class Statements {
  private readonly statements = new Map<string, string>();
  private readonly portals = new Map<string, string>();
  private run: string[] = []; // of this transaction

  // The text of the statement that this message runs, if it runs one.
  note(m: Message): string | undefined {
    const [first = "", second = ""] = words(m.body, 2);
    if (m.type === "P") this.statements.set(first, second);
    if (m.type === "B") this.portals.set(first, this.statements.get(second) ?? "");
    if (m.type !== "E" && m.type !== "Q") return undefined;
    const text = m.type === "Q" ? first : (this.portals.get(first) ?? "");
    if (IS_BEGIN.test(text)) this.run = [];
    this.run.push(text);
    return text;
  }

  // Whether a transaction that this ends ran something like `about`.
  commits(text: string | undefined, about: RegExp): boolean {
    return text !== undefined && IS_COMMIT.test(text) && this.run.some((one) => about.test(one));
  }
}

// The server says that a transaction is in its log.
export const says_committed = (m: Message) => m.type === "C" && words(m.body, 1)[0] === "COMMIT";
