import { noTokens } from "../../src/channels/email/access-tokens.ts";
import { registerWorker, unregisterWorker } from "../../src/db/worker.ts";
import { newId } from "../../src/domain/id.ts";
import { Mailboxes, type MailboxesOptions } from "../../src/sources/mailbox/mailboxes.ts";
import { box } from "../api/setup.ts";
import { sourceApi } from "./source-setup.ts";

export const login = { user: "ada@example.com", pass: "a secret of the mailbox" };
export const address = "ada@example.com";

/** The lines of a mail, with what every mail has. `headers` come first; a header of the same name replaces the usual one. */
export function mail(headers: Record<string, string>, text: string): string {
  const all: Record<string, string> = {
    ...{ From: "Grace Hopper <grace@lead.example>", To: `Ada <${address}>`, Subject: "Re: Engines" },
    ...{ "Message-ID": `<${newId("message").slice(4)}@lead.example>`, Date: new Date().toUTCString() },
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join("\n")}\n\n${text}\n`;
}

/** An API with a sender whose mailbox is at `port`, and processes that read mailboxes, each driven by the test. */
export async function mailboxApi() {
  const given = await sourceApi();
  const { db, workspaceId } = given;
  const processes: { mailboxes: Mailboxes; workerNo: number; die: () => Promise<void> }[] = [];

  async function makeSender(port: number, fields: { imap?: object; from?: string; credentials?: object } = {}) {
    const from = fields.from ?? address;
    const imap = { host: "127.0.0.1", port, security: "none", ...fields.imap };
    const config = { host: "127.0.0.1", port: 1, security: "none", from, imap };
    const body = { name: "Ada", channel: "email", provider: "smtp", config };
    const credentials = fields.credentials ?? { imap: login };
    const made = await given.call("POST", "/v1/senders", { body: { ...body, credentials } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    return made.body.id as string;
  }

  /** A process that reads mailboxes. `caughtUp(n)`: when it has read all folders n times in all. */
  async function startReading(options: Partial<MailboxesOptions> = {}) {
    const workerNo = await registerWorker(db);
    let count = 0;
    let waiting: { n: number; resolve: () => void }[] = [];
    const mailboxes = new Mailboxes({
      ...{
        db,
        box,
        tokens: noTokens,
        workerNo,
        everyMs: 20,
        retryMs: 10,
        wakeSources: () => {},
        wakeDeliveries: () => {},
      },
      onCaughtUp: () => {
        count += 1;
        for (const { resolve } of waiting.filter(({ n }) => n <= count)) resolve();
        waiting = waiting.filter(({ n }) => n > count);
      },
      onError: (_, error) => given.errors.push((error as Error).message),
      ...options,
    });
    mailboxes.start();
    const process = {
      ...{ mailboxes, workerNo },
      count: () => count,
      /** When all that is there now was read: `more` readings from here. */
      caughtUp: (n = count + 1) =>
        n <= count ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ n, resolve })),
      die: async () => {
        await mailboxes.stop();
        await unregisterWorker(db, workerNo);
      },
    };
    processes.push(process);
    return process;
  }

  async function makeLead(email: string | null, fields: object = {}) {
    const id = newId("lead");
    const lead = { first_name: "Grace", linkedin_url: null, ...fields } as Record<string, string | null>;
    await db.query("insert into lead (workspace_id, id, email, first_name, linkedin_url) values ($1, $2, $3, $4, $5)", [
      ...[workspaceId, id, email, lead.first_name, lead.linkedin_url],
    ]);
    return id;
  }

  /** A message that Herald sent, with its Message-ID. */
  async function sentMail(
    senderId: string,
    leadId: string,
    to: string,
    fields: { status?: string; text?: string; messageId?: string | null } = {},
  ) {
    const id = newId("message");
    const conversation = await db.query<{ id: string }>(
      `insert into conversation (workspace_id, id, lead_id, channel, sender_id) values ($1, $2, $3, 'email', $4)
       on conflict (workspace_id, lead_id, channel, sender_id) do update set lead_id = excluded.lead_id returning id`,
      [workspaceId, newId("conversation"), leadId, senderId],
    );
    const status = fields.status ?? "sent";
    const messageId = fields.messageId === undefined ? `<${id}@example.com>` : fields.messageId;
    await db.query(
      `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, subject, text, status, attempts,
         attempted_at, sent_at, provider_message_id)
       values ($1, $2, $3, $4, 'email', 'api', $5, $6, 'Engines', $7, $8, 1, now() - interval '1 hour', now(), $9)`,
      [
        ...[workspaceId, id, leadId, conversation.rows[0]!.id, senderId, to, fields.text ?? "Hello Grace"],
        ...[status, status === "sent" ? messageId : null],
      ],
    );
    return { id, messageId: `<${id}@example.com>` };
  }

  async function items(senderId: string) {
    const { body } = await given.call("GET", `/v1/senders/${senderId}/mailbox`);
    const { body: list } = await given.call("GET", `/v1/sources/${body.sourceId}/received?limit=50`);
    return list.data as {
      type: string;
      status: string;
      detail: string;
      body: string;
      leadId: string | null;
      id: string;
    }[];
  }

  return {
    ...given,
    ...{ makeSender, startReading, makeLead, sentMail, items },
    mailbox: async (senderId: string) => (await given.call("GET", `/v1/senders/${senderId}/mailbox`)).body,
    suppressions: async (email: string) =>
      (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(email)}`)).body.data as {
        channel: string;
        kind: string;
        reason: string;
      }[],
    eventsOf: async (type: string) =>
      (await given.events()).filter((event) => event.type === type).map(({ data }) => data),
    /** Ends all processes, and has no mailbox read any more. */
    async forgetMailboxes() {
      for (const { die } of processes.splice(0)) await die();
      await db.query("delete from mailbox");
      await db.query("delete from source");
    },
    async close() {
      for (const { die } of processes) await die();
      await given.close();
    },
  };
}
