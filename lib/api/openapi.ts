import { z } from "zod";
import { PROBLEM } from "./contract";
import { ROUTES, type Route } from "./routes";
import { SESSION_COOKIE } from "./sessions";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of every route, made from the schemas that check them. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [id, route] of Object.entries<Route>(ROUTES)) {
    const path = route.path.replace(/[:*](\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: toOperation(id, route, path) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Vatio", version, license: { name: "MIT", identifier: "MIT" } },
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        header: { type: "apiKey", in: "header", name: "X-Energy-Token" },
        session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
      },
      schemas: { Problem: toSchema(PROBLEM, "output") },
    },
    paths,
  };
}

function toOperation(id: string, route: Route, path: string): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const writes = route.method !== "get";
  const ownHeader = { name: "X-Vatio", in: "header", required: true, schema: { type: "string" } };
  return {
    operationId: id,
    summary: route.summary,
    "x-scope": route.scope,
    security: route.scope === "public" ? [] : [{ bearer: [] }, { header: [] }, { session: [] }],
    parameters: [...inPath, ...queryParameters(route.query), ...(writes ? [ownHeader] : [])],
    ...(route.fileTypes && {
      requestBody: { required: true, content: Object.fromEntries(route.fileTypes.map((type) => [type, {}])) },
    }),
    ...(route.body && {
      requestBody: { required: true, content: { "application/json": { schema: toSchema(route.body, "input") } } },
    }),
    responses: {
      [route.status]: {
        description: route.summary,
        ...(route.answer && { content: { "application/json": { schema: toSchema(route.answer, "output") } } }),
      },
      default: {
        description: "What went wrong, RFC 9457",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = toSchema(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

/** Without the dialect, which OpenAPI 3.1 implies. */
function toSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
