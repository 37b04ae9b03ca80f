import { z } from "zod";
import { destinationKinds } from "../domain/destination-kind.ts";
import { eventTypes } from "../domain/event.ts";
import { redirectUriOf } from "./destination-oauth.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const templateSchema = z.object({ subject: z.string(), body: z.string() });
const kindSchema = z.object({
  kind: z.enum(destinationKinds),
  eventTypes: z.array(z.enum(eventTypes)).meta({ description: "What it is told where a destination doesn't choose." }),
  templates: z
    .record(z.string(), templateSchema)
    .nullable()
    .meta({ description: "Of a CRM: what it logs where `config.templates` says nothing, by event type, in Liquid." }),
  oauth: z.boolean().meta({ description: "Whether somebody can let Herald in by their browser." }),
  lists: z.boolean().meta({ description: "Whether its lists of people can be imported: `POST /v1/imports/crm`." }),
  redirectUri: z.string().nullable().meta({
    description:
      "With `oauth`: what has to be among the app's redirect URLs there. Null: Herald's address isn't known.",
  }),
});

/** What kinds of destinations there are beside webhooks, and what they do by themselves. */
export const destinationKindEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/destination-kinds",
    right: "destinations.read",
    tags: ["Destinations"],
    summary: "List kinds of destinations",
    description: "CRMs, chats and emails, with what each is told and logs by default. Webhooks aren't among them.",
    responses: { 200: z.object({ data: z.array(kindSchema) }) },
    example: {
      response: {
        data: [
          {
            ...{ kind: "hubspot" as const, eventTypes: ["message.sent" as const], oauth: true, lists: true },
            templates: { "message.sent": { subject: "{{ subject }}", body: "{{ text }}" } },
            redirectUri: "https://herald.example.com/oauth/callback",
          },
        ],
      },
    },
    async execute({ api }) {
      const redirectUri = knownRedirectUri(api);
      const data = [...api.systems.values()].map(({ kind, eventTypes, templates, oauth, people }) => ({
        ...{ kind, eventTypes: [...eventTypes], templates: templates ?? null, lists: people !== undefined },
        ...{ oauth: oauth !== undefined, redirectUri: oauth === undefined ? null : redirectUri },
      }));
      return { status: 200, body: { data } };
    },
  }),
];

function knownRedirectUri(api: Parameters<typeof redirectUriOf>[0]): string | null {
  try {
    return redirectUriOf(api);
  } catch {
    // HERALD_PUBLIC_URL is missing: said when somebody connects.
    return null;
  }
}
