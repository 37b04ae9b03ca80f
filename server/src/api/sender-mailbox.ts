import { createHash } from "node:crypto";
import { z } from "zod";
import { imapConfig, imapLogin, type SmtpCredentials } from "../channels/email/smtp/config.ts";
import { deleteMailbox, mailboxSource, mailboxState, openMailbox } from "../db/mailbox.ts";
import type { Queryable } from "../db/pool.ts";
import type { Sender } from "../db/sender.ts";
import { getSender } from "../db/sender.ts";
import { deleteSource, insertSource, updateSource } from "../db/source.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { newToken } from "../sources/token.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";

/** Whether a sender's mailbox is to be read: its settings say where. */
const hasMailbox = ({ config }: Pick<Sender, "config">) => config.imap !== undefined && config.imap !== null;

/**
 * Has a sender's mailbox read as its settings say now, or not any more. Its mails are kept in a source of their own, which
 * makes no leads unless somebody says so: people get mails of many who are none.
 */
export async function followMailbox(
  api: ApiContext,
  tx: Queryable,
  workspaceId: string,
  sender: Sender,
): Promise<void> {
  const key = { workspaceId, senderId: sender.id };
  const known = await mailboxSource(tx, key);
  if (!hasMailbox(sender)) {
    if (known) await dropMailbox(tx, workspaceId, sender.id);
    return;
  }
  const config = { senderId: sender.id, address: sender.address.toLowerCase() };
  const sourceId = known ?? newId("source");
  if (known) await updateSource(tx, workspaceId, known, { config });
  else {
    await insertSource(tx, workspaceId, {
      ...{ id: sourceId, kind: "imap", name: `Mailbox of ${sender.name}`.slice(0, 200), token: newToken() },
      ...{ createLeads: false, config, mapping: null, secret: api.box.seal("", `${workspaceId}/${sourceId}`) },
    });
  }
  await openMailbox(tx, key, sourceId, accountOf(api, workspaceId, sender));
}

/** Whose mails a sender's mailbox has: by its server and login, whatever the password. */
function accountOf(api: ApiContext, workspaceId: string, { id, config, credentials }: Sender): Buffer {
  const { host, port } = imapConfig.parse(config.imap);
  const known = credentials ? (JSON.parse(api.box.open(credentials, `${workspaceId}/${id}`)) as SmtpCredentials) : {};
  const account = [host.toLowerCase(), port, imapLogin(known)?.user.toLowerCase() ?? ""];
  return createHash("sha256").update(JSON.stringify(account)).digest();
}

/** The mailbox is read no more; what came of its mails stays. */
export async function dropMailbox(tx: Queryable, workspaceId: string, senderId: string): Promise<void> {
  const sourceId = await mailboxSource(tx, { workspaceId, senderId });
  if (sourceId === null) return;
  await deleteMailbox(tx, { workspaceId, senderId });
  await deleteSource(tx, workspaceId, sourceId);
}

export const senderMailboxEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/senders/{id}/mailbox",
    right: "senders.read",
    tags: ["Senders"],
    summary: "Get how a sender's mailbox is read",
    description:
      "Of senders with `config.imap`: whether Herald is connected, up to when it has read, and what is wrong where it can't. 409 for others.",
    params: idParams,
    responses: {
      200: z.object({
        sourceId: z.string().meta({ description: "Where its mails are listed: `GET /v1/sources/{id}/received`." }),
        state: z.enum(["waiting", "connected", "failing"]).meta({
          description: "`waiting`: a process is about to begin. `failing`: it is tried again at `retryAt`.",
        }),
        failures: z.number().int().meta({ description: "In a row." }),
        errorCode: z.string().nullable(),
        error: z.string().nullable().meta({ description: "What is wrong, and what to do." }),
        retryAt: time.nullable(),
        readAt: time
          .nullable()
          .meta({ description: "All that was there by then is taken in. Null: nothing was read yet." }),
        aliases: z.array(z.string()).meta({
          description:
            "Other addresses that mails among the sent ones were written from: what comes from them is no reply. One that a lead has doesn't count.",
        }),
        folders: z.array(
          z.object({
            path: z.string(),
            uidValidity: z.string(),
            lastUid: z.number().int().meta({ description: "The latest mail that was taken in." }),
          }),
        ),
      }),
    },
    async execute({ tx, workspaceId, params }) {
      if (!(await getSender(tx, workspaceId, params.id))) throw notFound("sender", params.id);
      const state = await mailboxState(tx, { workspaceId, senderId: params.id });
      if (!state) {
        throw new HeraldError("invalid_state", "This sender's mailbox isn't read: its config has no imap.");
      }
      const { folders, retryAt, ...rest } = state;
      const places = Object.entries(folders).map(([path, { validity, uid }]) => ({
        path,
        uidValidity: validity,
        lastUid: uid,
      }));
      return { status: 200, body: { ...rest, retryAt: state.state === "failing" ? retryAt : null, folders: places } };
    },
  }),
];
