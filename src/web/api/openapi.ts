import { z } from "zod";
import { EVENT_SCHEMAS } from "./event-schemas.js";
import type { Resource } from "./resource.js";
import { errorReply } from "./schemas.js";

const JSON_TYPE = "application/json";

/** The description of the API, from the schemas that validate (spec/12 D.6): OpenAPI 3.1, of which JSON Schema is a part. */
export function openApi(resources: readonly Resource[], version: string): unknown {
  return {
    openapi: "3.1.0",
    info: {
      title: "P2Pool node",
      version,
      summary: "Read-only interface of a P2Pool node",
      description:
        "Units are in names: At is seconds since 1970, Seconds a duration, Sat satoshi as decimal text, Fraction 0 to 1, rate hashes per second. Null is unknown. Members may be added.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api/v1" }],
    paths: {
      ...Object.fromEntries(resources.map((one) => [one.path, { get: operation(one) }])),
      "/events": { get: eventsOperation() },
    },
    components: {
      schemas: {
        Error: schemaOf(errorReply),
        ...Object.fromEntries(
          Object.entries(EVENT_SCHEMAS).map(([name, schema]) => [`Event_${name}`, schemaOf(schema)]),
        ),
      },
      securitySchemes: { operator: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation({ path, summary, query, params, reply, operatorOnly, isTable }: Resource): unknown {
  const content =
    reply === null
      ? { "application/octet-stream": { schema: { type: "string", format: "binary" } } }
      : { [JSON_TYPE]: { schema: schemaOf(reply) } };
  return {
    operationId: `get${path.replace(/[{}]/g, "").replace(/\/(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    parameters: [
      ...parameters(params, "path"),
      ...parameters(query, "query"),
      ...(isTable ? [{ name: "format", in: "query", required: false, schema: { type: "string", enum: ["csv"] } }] : []),
    ],
    responses: {
      200: { description: "The answer", headers: { ETag: { schema: { type: "string" } } }, content },
      304: { description: "What the client has is still right" },
      default: {
        description: "Why there is no answer",
        content: { [JSON_TYPE]: { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    ...(operatorOnly ? { security: [{ operator: [] }] } : {}),
  };
}

function eventsOperation(): unknown {
  return {
    operationId: "getEvents",
    summary: "Server-sent events; the data of each is JSON by the schema of its type",
    parameters: [
      {
        name: "types",
        in: "query",
        required: false,
        schema: { type: "string" },
        description: "comma-separated; all but pseudoshare if left out",
      },
      { name: "Last-Event-ID", in: "header", required: false, schema: { type: "string" } },
    ],
    responses: {
      200: {
        description: `Event types: ${Object.keys(EVENT_SCHEMAS).join(", ")}`,
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
    },
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function parameters(shape: z.ZodObject, place: "path" | "query"): unknown[] {
  const { properties = {}, required = [] } = z.toJSONSchema(shape, { ...OPTIONS, io: "input" }) as JsonSchema;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema,
  }));
}

/** Bounds of JavaScript's integers say nothing about a figure. */
const OPTIONS = {
  target: "draft-2020-12",
  unrepresentable: "any",
  override: ({ jsonSchema }: { jsonSchema: { maximum?: unknown; minimum?: unknown } }) => {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
} as const;

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _, ...description } = z.toJSONSchema(schema, OPTIONS);
  return description;
}
