import { z } from "zod";
import { type EventType, eventCatalogue, eventTypes, type HeraldEvent } from "../../server/src/domain/event.ts";
import { eventSample } from "../../server/src/domain/event-samples.ts";
import { eventSchemas } from "../../server/src/domain/event-schemas.ts";
import { formatNames } from "../../server/src/domain/format.ts";
import { formatOf } from "../../server/src/domain/formats.ts";
import { type JsonSchema, typeOf } from "./type-of-schema.ts";

/** docs/events.md. */
export function eventDocs(): string {
  const says = (type: EventType) =>
    formatNames.map((name) => (formatOf(name).eventTypes.includes(type) ? "yes" : "-")).join(" | ");
  const rows = eventTypes.map(
    (type) => `| [\`${type}\`](#${anchor(type)}) | ${eventCatalogue[type].summary} | ${says(type)} |`,
  );
  return `# Events

Made from the schemas that the code uses, by \`npm run generate\`.

Every fact is one event with one ID, in every format, to every destination and in every retry: \`evt_<13-digit unix ms>_<9 of
a-z0-9>\`. A receiver that has had an ID passes over it. Times are ISO 8601 in UTC. In the format \`herald\` what does not apply is
\`null\`, never absent; new fields may come at any time, and a handler passes over those that it doesn't know.

| event | fires when | herald | sendpilot | apten |
|---|---|---|---|---|
${rows.join("\n")}

${formatNames
  .filter((name) => name !== "herald")
  .map((name) => `What \`${name}\` can't say: ${formatOf(name).limits}`)
  .join("\n\n")}

${eventTypes.map(section).join("\n\n")}
`;
}

const anchor = (type: string) => type.replaceAll(".", "");

function section(type: EventType): string {
  const schema = z.toJSONSchema(eventSchemas[type].data) as JsonSchema;
  const examples = formatNames.flatMap((name) => exampleIn(name, type));
  return `## ${type}

${eventSchemas[type].when}

| field of \`data\` | type | meaning |
|---|---|---|
${fields(schema).join("\n")}

${examples.join("\n\n")}`;
}

function fields(schema: JsonSchema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const nested = field.properties ? field : field.type === "array" && field.items?.properties ? field.items : null;
    const path = `${prefix}${name}`;
    const type = nested ? (nested === field ? "object" : "object[]") : typeOf(field).replaceAll("|", "\\|");
    const row = `| \`${path}\` | ${type} | ${(field.description ?? "").replaceAll("|", "\\|")} |`;
    return [row, ...(nested ? fields(nested, `${path}${nested === field ? "." : "[]."}`) : [])];
  });
}

/** At a time that stays the same, so that the page does. */
const at = Date.parse("2026-01-05T09:30:00.000Z");

function exampleIn(name: (typeof formatNames)[number], type: EventType): string[] {
  const format = formatOf(name);
  for (const channel of ["linkedin", "sms", "email"] as const) {
    const sample = {
      ...eventSample("ws_01k9d3v0x5e0rb1v6m2z8q4w7n", type, { channel, at }),
      eventId: `evt_${at}_a1b2c3d4e`,
    } as HeraldEvent;
    if (!format.expresses(sample)) continue;
    const body = format.body({ ...sample, data: JSON.stringify(sample.data) });
    return [`In the format \`${name}\`:\n\n\`\`\`json\n${JSON.stringify(JSON.parse(body), null, 2)}\n\`\`\``];
  }
  return [];
}
