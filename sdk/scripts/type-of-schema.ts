/** TypeScript of a JSON schema, as far as Herald's own schemas go. */

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  description?: string;
  [key: string]: unknown;
}

export function typeOf(schema: JsonSchema | undefined, indent = ""): string {
  if (!schema || Object.keys(schema).length === 0) return "unknown";
  if (schema.$ref) return schema.$ref.split("/").at(-1)!;
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ") || "never";
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return [...new Set(alternatives.map((each) => grouped(typeOf(each, indent))))].join(" | ");
  if (schema.allOf) return schema.allOf.map((each) => grouped(typeOf(each, indent))).join(" & ");
  if (Array.isArray(schema.type))
    return schema.type.map((type) => grouped(typeOf({ ...schema, type }, indent))).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return `${inList(schema.items, typeOf(schema.items, indent))}[]`;
    default:
      return schema.type === "object" || schema.properties ? objectType(schema, indent) : "unknown";
  }
}

/** An object with these is an event, whose union says more than its schema in an answer does. */
const envelope = ["eventId", "eventType", "timestamp", "workspaceId", "data"];

function objectType({ properties = {}, required = [], additionalProperties }: JsonSchema, indent: string): string {
  if (envelope.every((key) => key in properties)) return "HeraldEvent";
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, schema]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    const comment = schema.description ? [`${inner}/** ${oneLine(schema.description)} */`] : [];
    return [...comment, `${inner}${key}${required.includes(name) ? "" : "?"}: ${typeOf(schema, inner)};`];
  });
  if (lines.length === 0) {
    const values = typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown";
    return `Record<string, ${values}>`;
  }
  // Custom fields stand beside those that have a name.
  if (additionalProperties) lines.push(`${inner}[key: string]: unknown;`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

/** What would read otherwise beside another operator. */
const grouped = (type: string) => (/ [|&] /.test(type) && !type.startsWith("{") ? `(${type})` : type);

/** An object's type begins as a union of objects does, which would be a list in its last member alone. */
const inList = (schema: JsonSchema | undefined, type: string) =>
  (schema?.anyOf ?? schema?.oneOf ?? schema?.allOf ?? []).length > 1 && type.startsWith("{")
    ? `(${type})`
    : grouped(type);

export const oneLine = (text: string) => text.replaceAll("*/", "* /").replaceAll(/\s+/g, " ").trim();
