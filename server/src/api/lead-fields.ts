import { z } from "zod";
import { customFields, sampledLeads } from "../db/lead-fields.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** What `{{ ... }}` in a template can name beside custom fields. */
const standardFields = [
  ...(["firstName", "lastName", "company", "title", "email", "phone"] as const),
  ...(["linkedinUrl", "profile", "unsubscribeUrl"] as const),
];

const list = endpoint({
  method: "GET",
  path: "/v1/leads/fields",
  right: "leads.read",
  tags: ["Leads"],
  summary: "List the fields that leads have",
  description: "For templates and conditions: the standard fields, and custom ones, the commonest first.",
  responses: {
    200: z.object({
      standard: z.array(z.string()).meta({ description: "What templates can name of every lead." }),
      custom: z
        .array(
          z.object({
            name: z.string(),
            leads: z.number().int().meta({ description: "How many of the leads that were looked at have it." }),
            example: z.string().meta({ description: "What the newest of them says." }),
          }),
        )
        .meta({ description: `Of the ${sampledLeads} newest leads.` }),
    }),
  },
  async execute({ tx, workspaceId }) {
    return { status: 200, body: { standard: [...standardFields], custom: await customFields(tx, workspaceId) } };
  },
});

export const leadFieldEndpoints: readonly Endpoint[] = [list];
