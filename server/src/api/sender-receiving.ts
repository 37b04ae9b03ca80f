import { z } from "zod";
import type { Queryable } from "../db/pool.ts";
import { type Receiving, receivingOf } from "../db/receiving.ts";
import type { Sender } from "../db/sender.ts";
import { receivingWays } from "../domain/event.ts";
import { type SecretBox, sealedProblem } from "../domain/seal.ts";
import type { ApiContext } from "./context.ts";
import { time } from "./fields.ts";
import { paceAnswerOf } from "./sender-limits.ts";

/** Whether what comes back for a sender is read, as the API shows it. */
export const receivingSchema = z
  .object({
    way: z.enum(receivingWays).meta({ description: "mailbox: by IMAP. poll: its provider is asked, beside webhooks." }),
    state: z.enum(["ok", "waiting", "failing"]).meta({ description: "waiting: nothing was read yet." }),
    lastSuccessAt: time.nullable().meta({ description: "All that was there by then is taken in." }),
    lagSeconds: z.int().nullable().meta({
      description: "How old what isn't taken in yet may be. 0: it is connected. Null: nothing was read yet.",
    }),
    failures: z.int().meta({ description: "In a row." }),
    failingSince: time.nullable(),
    errorCode: z.string().nullable(),
    error: z.string().nullable().meta({ description: "What is wrong, and what to do." }),
    nextAt: time.nullable().meta({ description: "When it is tried or asked next. Null: it is told at once." }),
  })
  .nullable()
  .meta({
    description:
      "How it stands with what comes back, where Herald reads or asks for it; null where it comes by webhooks alone. See the event `sender.receiving_failed`.",
  });

function answerOf({ senderId: _, channel: __, ...rest }: Receiving): z.input<typeof receivingSchema> {
  const { state, way, lastSuccessAt } = rest;
  const connected = way === "mailbox" && state === "ok";
  const lag = lastSuccessAt && Math.max(0, Math.round((Date.now() - lastSuccessAt.getTime()) / 1000));
  return { ...rest, lagSeconds: connected ? 0 : lag };
}

/** Why a sender's credentials can't be opened, and what to do; null: they can, or there are none. */
export const credentialsProblem = (
  box: SecretBox,
  workspaceId: string,
  { id, credentials }: Pick<Sender, "id" | "credentials">,
): string | null => credentials && sealedProblem(box, [{ value: credentials, owner: `${workspaceId}/${id}` }]);

/** Senders as the API shows them: without credentials, with their pace and how it stands with what comes back. */
export async function shownSenders(
  { api, tx: db, workspaceId }: { api: Pick<ApiContext, "box">; tx: Queryable; workspaceId: string },
  senders: readonly Sender[],
) {
  const ids = senders.map(({ id }) => id);
  const receiving = await receivingOf(db, workspaceId, ids);
  return senders.map(({ credentials, ...sender }) => {
    const standing = receiving.get(sender.id);
    return {
      ...{ ...sender, hasCredentials: credentials !== null, pace: paceAnswerOf(sender) },
      credentialsProblem: credentialsProblem(api.box, workspaceId, { id: sender.id, credentials }),
      receiving: standing ? answerOf(standing) : null,
    };
  });
}
