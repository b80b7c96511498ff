// The server's own OpenAPI document, as the judge of every answer it gives.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import * as formats from "ajv-formats";
import { strict as assert } from "node:assert";

interface ResponseObject {
  $ref?: string;
  headers?: Record<string, unknown>;
  content?: Record<
    string,
    { schema?: unknown; example?: unknown; examples?: Record<string, { $ref: string }> }
  >;
}

interface OperationObject {
  operationId: string;
  parameters?: unknown[];
  requestBody?: { content: Record<string, { schema: unknown; example?: unknown }> };
  responses: Record<string, ResponseObject>;
  security?: unknown[];
  "x-permission"?: { method: string; route: string; resource: string; by_location: boolean };
}

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, OperationObject>>;
  components: {
    schemas: Record<string, unknown>;
    responses: Record<string, ResponseObject>;
    parameters: Record<string, { name: string; in: string; required: boolean; description?: string }>;
    headers: Record<string, { description?: string }>;
    examples: Record<string, { value: { code: string; status: number } }>;
    securitySchemes: Record<string, { type: string; in?: string; name?: string }>;
  };
}

export interface Found {
  method: string; // "POST"
  path: string; // "/v1/shop/carts/{id}"
  operation: OperationObject;
}

export const escaped = (token: string) => token.replaceAll("~", "~0").replaceAll("/", "~1");

export class Contract {
  private readonly ajv: Ajv2020;
  private readonly by_id = new Map<string, Found>();
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(readonly document: Document) {
    this.ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
    formats.default.default(this.ajv);
    this.ajv.addSchema(document, "carrack");
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods))
        this.by_id.set(operation.operationId, { method: method.toUpperCase(), path, operation });
  }

  operations(): Found[] {
    return [...this.by_id.values()];
  }

  find(id: string): Found {
    const found = this.by_id.get(id);
    assert.ok(found, `the document has no operation ${id}`);
    return found;
  }

  // Fails unless the document allows this answer to this operation.
  check(id: string, status: number, headers: Headers, text: string): void {
    const { method, path, operation } = this.find(id);
    const where = `${id} (${method} ${path}) answered ${status}`;
    const told = operation.responses[String(status)];
    assert.ok(told ?? status >= 400, `${where}, which the document does not name`);
    assert.ok(headers.get("x-request-id"), `${where} without X-Request-Id`);
    const key = told ? String(status) : "default";
    const { response, pointer } = this.resolve(operation.responses[key], [
      "paths",
      path,
      method.toLowerCase(),
      "responses",
      key,
    ]);
    if (!response.content) {
      assert.equal(text, "", `${where} with a body, which the document does not promise`);
      return;
    }
    const type = (headers.get("content-type") ?? "").split(";")[0] ?? "";
    assert.ok(response.content[type], `${where} as "${type}", which the document does not promise`);
    const body: unknown = JSON.parse(text);
    const valid = this.compile(`${pointer}/content/${escaped(type)}/schema`);
    assert.ok(valid(body), `${where}: ${this.ajv.errorsText(valid.errors)}\n${text}`);
    const examples = response.content[type].examples;
    if (told && examples && status >= 400) {
      const code = (body as { code: string }).code;
      assert.ok(code in examples, `${where} with the code ${code}, which the document does not name`);
    }
  }

  // What is wrong with a value that stands where this pointer's schema rules; empty when nothing is.
  faults(pointer: string, value: unknown): string {
    const valid = this.compile(pointer);
    return valid(value) ? "" : this.ajv.errorsText(valid.errors);
  }

  private resolve(
    response: ResponseObject | undefined,
    at: string[],
  ): { response: ResponseObject; pointer: string } {
    assert.ok(response);
    const name = response.$ref?.replace("#/components/responses/", "");
    if (name === undefined) return { response, pointer: at.map(escaped).join("/") };
    const shared = this.document.components.responses[name];
    assert.ok(shared, `the document refers to ${response.$ref} and does not have it`);
    return { response: shared, pointer: `components/responses/${escaped(name)}` };
  }

  private compile(pointer: string): ValidateFunction {
    let valid = this.compiled.get(pointer);
    if (!valid) {
      // As a reference into the document, so that its own references resolve.
      valid = this.ajv.compile({ $ref: `carrack#/${encodeURI(pointer)}` });
      this.compiled.set(pointer, valid);
    }
    return valid;
  }
}
