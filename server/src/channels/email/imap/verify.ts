import type { VerifyResult } from "../../channel.ts";
import { findFolders, type MailboxAccount, openMailbox } from "./connect.ts";
import { imapFailure } from "./failure.ts";

/** Logs in, and looks whether the folders are there and can be read; changes nothing. */
export async function verifyMailbox(account: MailboxAccount, signal: AbortSignal): Promise<VerifyResult> {
  const { config } = account;
  try {
    const client = await openMailbox(account, signal);
    const abort = () => client.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { inbox, sent } = await findFolders(client, config);
      for (const path of [inbox, ...(sent === null ? [] : [sent])]) await client.mailboxOpen(path, { readOnly: true });
      const idle = client.capabilities.has("IDLE")
        ? "new mails are seen at once"
        : `the server doesn't say when mail comes (no IDLE), so that Herald looks every ${config.pollMinutes} minutes`;
      const own =
        sent === null
          ? "No folder of sent mails was found: set imap.folders.sent, or mails that you write yourself stay unknown."
          : `Sent mails are in ${sent}.`;
      const as = account.login!.user;
      const detail = `Reads ${inbox} of ${as} at ${config.host}:${config.port}; ${idle}. ${own}`;
      return { ok: true, detail };
    } finally {
      signal.removeEventListener("abort", abort);
      await client.logout().catch(() => client.close());
    }
  } catch (error) {
    const failure = imapFailure(error, config);
    return { ok: false, code: `imap_${failure.code}`.replace("imap_imap_", "imap_"), detail: failure.message };
  }
}
