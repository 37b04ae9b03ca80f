import { emailsOfRoles } from "../../db/member.ts";
import type { Database } from "../../db/pool.ts";
import { senderVersion } from "../../db/sender-lookup.ts";
import type { SystemAccount, SystemAdapter, SystemCheck } from "../system.ts";
import { type ChatOptions, previewing, queueing, rescheduling } from "./adapter.ts";
import { email } from "./email.ts";
import type { MailCarrier } from "./mail.ts";
import {
  type EmailConfig,
  type EmailCredentials,
  emailConfig,
  emailConfigProblem,
  emailCredentials,
} from "./settings.ts";
import { defaultEventTypes, namedIn } from "./words.ts";

export interface EmailOptions extends ChatOptions {
  /** Missing: this process carries no mails. */
  mail?: MailCarrier | undefined;
}

/** Emails to the team: a destination as a chat is one, with addresses in place of a webhook. */
export function emailAdapter(options: EmailOptions): SystemAdapter {
  const adapter: SystemAdapter<EmailConfig, EmailCredentials> = {
    kind: "email",
    config: emailConfig,
    credentials: emailCredentials,
    eventTypes: defaultEventTypes,
    concurrency: 256,
    url: ({ to, roles }) => `mailto:${[...to, ...roles].join(",")}`,
    check: (config) => emailConfigProblem(config, options.mail?.configured ?? false),
    missing: async (tx, workspaceId, { senderId }) =>
      senderId === undefined || (await senderVersion(tx, workspaceId, senderId))?.provider === "smtp"
        ? null
        : {
            field: "config.senderId",
            reason: `There is no sender ${senderId} of the provider smtp in this workspace.`,
          },
    preview: previewing(email, options),
    named: namedIn,
    timed: true,
    changed: (tx, key, config, before) => rescheduling(tx, key, config, before, options),
    open: (account) => ({
      ...queueing(email, account, options),
      verify: (signal) => verify(account, options, signal),
    }),
  };
  return adapter as unknown as SystemAdapter;
}

/** Who gets it now: the addresses, and whoever has one of the roles at this moment. */
export async function recipientsOf(db: Database, workspaceId: string, { to, roles }: EmailConfig): Promise<string[]> {
  const members = roles.length === 0 ? [] : await emailsOfRoles(db, workspaceId, roles);
  return [...new Set([...to, ...members].map((address) => address.toLowerCase()))];
}

async function verify(
  { workspaceId, config }: SystemAccount<EmailConfig, EmailCredentials>,
  { db, mail }: EmailOptions,
  signal: AbortSignal,
): Promise<SystemCheck> {
  if (!mail) return { ok: false, code: "no_mail_server", detail: "This process of Herald sends no mails." };
  if ((await recipientsOf(db, workspaceId, config)).length === 0)
    return {
      ok: false,
      code: "no_recipients",
      detail: "Nobody in this workspace has one of the roles, and `to` names nobody.",
    };
  const checked = await mail.verify({ workspaceId, senderId: config.senderId ?? null }, signal);
  return checked.ok ? { ...checked, detail: `${checked.detail} Nothing was sent.` } : checked;
}
