import type { OpenApi } from "./open-api.ts";
import { type JsonSchema, oneLine, typeOf } from "./type-of-schema.ts";

/** Answers of which the document can't say all: an event is in the words of the format that was asked for. */
const special: Readonly<Record<string, string>> = {
  "GET /v1/events/{id}": "HeraldEvent | SendPilotEvent | AptenEvent",
};

/** sdk/src/api.ts: what each call takes and gives. */
export function apiTypes(document: OpenApi): string {
  const named = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema as JsonSchema)};`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const answers = (type: string) => Object.values(operation.responses).some(({ content }) => content?.[type]);
      // A stream that has no end is no call.
      if (answers("text/event-stream")) return [];
      const csv =
        answers("text/csv") && answers("application/json")
          ? '    /** In place of `response` where the query has `format: "csv"`. */\n    csv: string;\n'
          : "";
      const parameters = (place: string) => {
        const those = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
        return {
          type: "object",
          properties: Object.fromEntries(
            those.map(({ name, description, schema }) => [name, { description, ...schema } as JsonSchema]),
          ),
          required: those.filter(({ required }) => required).map(({ name }) => name),
        };
      };
      const part = (name: string, schema: { properties: object; required: readonly string[] }) =>
        Object.keys(schema.properties).length === 0
          ? ""
          : `    ${name}${schema.required.length > 0 ? "" : "?"}: ${typeOf(schema as JsonSchema, "    ")};\n`;
      const sent = operation.requestBody?.content ?? {};
      const body = sent["application/json"]
        ? `    body${operation.requestBody?.required === false ? "?" : ""}: ${typeOf(sent["application/json"].schema as JsonSchema, "    ")};\n`
        : Object.keys(sent).length > 0
          ? "    body: string | Blob | ReadableStream;\n"
          : "";
      return `  /** ${oneLine(operation.summary ?? "")} */
  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: {
${part("params", parameters("path"))}${part("query", parameters("query"))}${body}    response: ${special[`${method.toUpperCase()} ${path}`] ?? responseOf(operation.responses)};
${csv}  };`;
    }),
  );
  return `// Made by \`npm run generate\` from Herald's OpenAPI document. Don't edit.

import type { AptenEvent } from "./apten.ts";
import type { HeraldEvent } from "./events.ts";
import type { SendPilotEvent } from "./sendpilot.ts";

${named.join("\n\n")}

/** Every call of the API: what it takes, and what it gives. */
export interface Operations {
${operations.join("\n")}
}
`;
}

function responseOf(responses: OpenApi["paths"][string][string]["responses"]): string {
  // A call that only leads elsewhere gives nothing.
  const good = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
  const types = good.map(([, { content }]) => {
    const json = content?.["application/json"]?.schema as JsonSchema | undefined;
    if (json) return json.type === "null" ? "null" : typeOf(json, "    ");
    const [other] = Object.values(content ?? {});
    if (!other) return "null";
    return (other.schema as JsonSchema | undefined)?.format === "binary" ? "Blob" : "string";
  });
  return [...new Set(types)].join(" | ") || "unknown";
}
