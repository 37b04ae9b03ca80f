import { z } from "zod";
import { addContext, commandTurn, switchProfile } from "../../assistant/lead-profile.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { name } from "../fields.ts";
import { invalid } from "../validate.ts";
import { orDefault, orNull } from "./inputs.ts";
import { aptenParams, mustGetAptenLead, tags } from "./lead-answer.ts";
import { additionalInfoChange, readAptenChange } from "./lead-input.ts";
import { changeLead } from "./leads.ts";

const hour = 3_600_000;

const addContextEndpoint = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/addContext",
  right: "assistant.write",
  tags,
  summary: "Tell the assistant about a lead as Apten does",
  description:
    "At least one of the three. `context` is told to the model as data; `additionalInfo` is merged, and null deletes a key; `command` is something that the assistant is to write, in plain English.",
  params: aptenParams,
  body: z.strictObject({
    context: orNull(z.string().trim().min(1).max(4_000)),
    additionalInfo: orNull(additionalInfoChange),
    command: orNull(z.string().trim().min(1).max(10_000)),
  }),
  responses: { 200: z.object({ message: z.literal("Success") }) },
  example: {
    body: {
      context: "The lead has a meeting on Monday at 2 pm.",
      additionalInfo: { favouriteColour: "blue" },
      command: "Wish good luck for it.",
    },
  },
  async execute(context) {
    const { api, tx, workspaceId, params, body, afterCommit } = context;
    if (Object.values(body).every((one) => one === undefined)) {
      throw invalid([{ field: "context", reason: "Give context, additionalInfo or command." }]);
    }
    await mustGetAptenLead(tx, workspaceId, params.id);
    if (body.additionalInfo) await changeLead(context, params.id, readAptenChange(body));
    if (body.context !== undefined) await addContext(tx, workspaceId, params.id, body.context);
    if (body.command !== undefined) {
      await commandTurn(tx, workspaceId, params.id, { instruction: body.command });
      afterCommit(() => api.wakeAssistant());
    }
    return { status: 200, body: { message: "Success" } };
  },
});

const switchEndpoint = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/switchCustomerProfile",
  right: "assistant.write",
  tags,
  summary: "Switch a lead's profile as Apten does",
  description:
    "What the assistant was at under the old profile ends, and so do its follow-ups. With `sendMessage` refused where the assistant is off under the new one, or for the lead.",
  params: aptenParams,
  body: z.strictObject({
    profile: name(200),
    sendMessage: orDefault(z.boolean(), false).meta({ description: "The assistant writes first." }),
    messageDelayHours: orDefault(z.number().min(0).max(8_760), 0),
    messageDelayMins: orDefault(z.number().min(0).max(525_600), 0),
    clearMemory: orDefault(z.boolean(), false).meta({
      description: "What was said is not told to the model any more.",
    }),
  }),
  responses: {
    200: z.object({
      message: z.literal("Switched profile successfully."),
      sendMessage: z.boolean(),
      messageDelayHours: z.number(),
      messageDelayMins: z.number(),
    }),
  },
  example: { body: { profile: "Sellers", sendMessage: true, messageDelayMins: 30 } },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const { profile, sendMessage, messageDelayHours, messageDelayMins, clearMemory } = body;
    const delayMs = messageDelayHours * hour + (messageDelayMins * hour) / 60;
    const { lanes } = await switchProfile(tx, workspaceId, params.id, { profile, sendMessage, delayMs, clearMemory });
    afterCommit(() => {
      api.wake("delivery", lanes);
      api.wakeAssistant();
    });
    const told = { sendMessage, messageDelayHours, messageDelayMins };
    return { status: 200, body: { message: "Switched profile successfully.", ...told } };
  },
});

export const aptenAssistantEndpoints: readonly Endpoint[] = [addContextEndpoint, switchEndpoint];
