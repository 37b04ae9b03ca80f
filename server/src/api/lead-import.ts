import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { getCampaign } from "../db/campaign.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { leadLimits } from "../domain/lead.ts";
import { type ImportReport, importLeads } from "../sources/lead-import.ts";
import type { Trail } from "./audit-record.ts";
import type { Callers } from "./auth.ts";
import { requireRight } from "./caller.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { tooLarge } from "./errors.ts";
import { name } from "./fields.ts";
import { enrolling, phoneCountry } from "./lead-intake.ts";
import { register } from "./register.ts";

/** Two gigabytes are more than ten million leads. */
const maxBytes = 2 * 1024 ** 3;

/** As what browsers and tools send CSV; the last one is Windows' idea of it. */
const contentTypes = [
  ...["text/csv", "application/csv", "text/tab-separated-values", "text/plain", "application/octet-stream"],
  "application/vnd.ms-excel",
];

const sendTheFile = "Send the file itself as the body, with content-type: text/csv.";
const fileBody = z
  .unknown()
  .refine((body) => body instanceof Readable, sendTheFile)
  .meta({ type: "string", format: "binary", description: "A CSV file, with content-type `text/csv`." });

const count = z.number().int();

const reportSchema = z.object({
  importId: z.string().nullable().meta({
    description: "By which `POST /v1/imports/csv/{id}/undo` takes it back. Null: no row could be read.",
  }),
  rows: count.meta({ description: "Rows that are not blank: added, duplicate and rejected ones." }),
  added: count,
  duplicates: count,
  rejected: count,
  warnings: count.meta({ description: "Rows that went in without a value that was wrong (a time zone)." }),
  enrolled: count.nullable().meta({ description: "Leads, new and known, that entered the campaign." }),
  errors: z
    .array(z.object({ line: count, field: z.string().optional(), reason: z.string(), raw: z.string() }))
    .meta({ description: "Why rows were rejected: the first 1,000, with the row as it stands in the file." }),
  duplicateRows: z
    .array(z.object({ line: count, leadId: z.string(), field: z.enum(["linkedinUrl", "phone", "email"]) }))
    .meta({ description: "The first 1,000, with the lead that has the address already." }),
  warningRows: z.array(z.object({ line: count, field: z.string(), reason: z.string() })),
}) satisfies z.ZodType<ImportReport>;

export const importEndpoint: Endpoint = endpoint({
  method: "POST",
  path: "/v1/leads/import",
  right: "leads.write",
  tags: ["Leads"],
  summary: "Import leads from a CSV file",
  description:
    "The body is the file, up to 2 GB: `curl --data-binary @leads.csv -H 'content-type: text/csv'`. The first line names " +
    "the columns; columns that Herald doesn't know become custom fields, and `custom:NAME` is the custom field NAME in any " +
    "case. It is read while it arrives, and stored 500 rows " +
    "at a time. Bad rows are reported and don't stop the others; known leads are not changed. If it ends early, send " +
    "the same file again: what is in already counts as duplicate.",
  query: z.strictObject({
    campaignId: z
      .string()
      .max(200)
      .optional()
      .meta({ description: "Every lead of the file, known ones too, enters it. Needs the right `campaigns.start`." }),
    defaultCountry: phoneCountry.optional(),
    tag: name(leadLimits.tag).optional().meta({
      description: "Every lead that is added gets this tag, beside those of its row; by it they are found again.",
    }),
  }),
  body: fileBody,
  bodyLimit: maxBytes,
  // Each 500 rows are a transaction. Sending the file twice is harmless.
  transaction: false,
  audit: "brief",
  responses: { 200: reportSchema },
  async execute({ api, workspaceId, caller, callerId, query, body }) {
    const { campaignId, defaultCountry, tag } = query;
    if (campaignId !== undefined) requireRight(caller!, "campaigns.start");
    if (campaignId !== undefined && (await getCampaign(api.db, workspaceId, campaignId)) === null) {
      throw notFound("campaign", campaignId);
    }
    const report = await importLeads({
      ...{ db: api.db, workspaceId, defaultCountry, tag, startedBy: callerId },
      stream: bytesOf(body as Readable),
      enroll: enrolling(workspaceId, campaignId),
      onProgress(_progress, lanes) {
        api.wake("delivery", lanes);
        if (campaignId !== undefined) api.wakePlanner();
      },
    });
    return { status: 200, body: report };
  },
});

/** Fastify holds only a body of a stated length to its limit. */
async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The import takes its body as a stream, past the JSON parser and its limit: a scope of its own has parsers for that. */
export function serveLeadImport(app: FastifyInstance, api: ApiContext, callers: Callers, trail: Trail): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(contentTypes, (_request, payload, done) => done(null, payload));
    // What curl and forms send by default would be told to be JSON, and a file that is sent as JSON to be none.
    scope.removeContentTypeParser("application/json");
    scope.addContentTypeParser("*", (_request, _payload, done) => {
      done(new HeraldError("unsupported_media_type", sendTheFile));
    });
    register(scope, api, callers, importEndpoint, trail);
  });
}
