import { z } from "zod";
import { largestDocument, readDocument } from "../documents/document.ts";
import { HeraldError } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { name } from "./fields.ts";
import { invalid } from "./validate.ts";

/** Each may take a processor and half a gigabyte for a while. */
const mostAtOnce = 2;
let underWay = 0;

const largestMiB = largestDocument / 1024 / 1024;

/** Reading takes seconds at worst: not in a transaction. Nothing is kept. */
export const knowledgeTextEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/knowledge/text",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Take the text out of a file",
    description:
      `For knowledge: give \`text\` as \`content\` to \`POST /v1/profiles/{id}/knowledge\`, once somebody has looked it over. PDF, DOCX (Word), and texts in UTF-8 or UTF-16, told apart by what is in them, up to ${largestMiB} MiB, 1,000 pages and 500,000 characters. ` +
      "Pictures aren't read: a scanned PDF has no text (422), nor can one with a password be read. Nothing is stored.",
    transaction: false,
    audit: false,
    bodyLimit: Math.ceil((largestDocument / 3) * 4) + 10_000,
    body: z.strictObject({
      name: name().meta({ description: "The file's name." }),
      // Looked at below: a pattern over millions of characters isn't for a schema.
      data: z.string().meta({ description: "The file's bytes as Base64.", format: "byte" }),
    }),
    responses: {
      200: z.object({
        title: z.string().meta({ description: "The file's name without its ending: for knowledge that has none." }),
        kind: z.enum(["text", "pdf", "docx"]),
        text: z.string(),
        pages: z.number().int().nullable().meta({ description: "Of a PDF." }),
      }),
    },
    example: {
      body: { name: "Prices.pdf", data: "JVBERi0xLjcK" },
      response: { title: "Prices", kind: "pdf", text: "A panel costs $400.", pages: 1 },
    },
    async execute({ body, request }) {
      const bytes = Buffer.from(body.data, "base64");
      // Node leaves out what is no Base64, without a word.
      if (bytes.toString("base64") !== body.data)
        throw invalid([{ field: "data", reason: "This is not the Base64 of a file (RFC 4648, with its padding)." }]);
      if (bytes.length > largestDocument) throw tooLarge(body.name);
      if (underWay >= mostAtOnce)
        throw new HeraldError(
          "rate_limited",
          "Other files are being read just now. Try again in some seconds.",
          undefined,
          5,
        );
      underWay += 1;
      try {
        const read = await readDocument(bytes, { signal: request.signal() });
        if (!read.ok) throw new HeraldError("unprocessable", `${body.name}: ${read.detail}`);
        const title = body.name.replace(/(?<=.)\.[^.\s]{1,10}$/u, "");
        return { status: 200, body: { title, kind: read.kind, text: read.text, pages: read.pages } };
      } finally {
        underWay -= 1;
      }
    },
  }),
];

const tooLarge = (file: string) =>
  new HeraldError(
    "payload_too_large",
    `${file} is larger than ${largestMiB} MiB. Save it without pictures, split it, or add its text.`,
  );
