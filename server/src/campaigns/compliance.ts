import type { OutboundMessage } from "../channels/channel.ts";
import { getComplianceCheck } from "../db/compliance-check.ts";
import type { Queryable } from "../db/pool.ts";
import type { ChannelName } from "../domain/event.ts";
import type { SecretBox } from "../domain/seal.ts";
import { signStandard } from "../domain/standard-webhooks.ts";

/**
 * A system of the customer's that is asked before each send. It is opened with the sender, so that senders of workspaces
 * without one pay a comparison; a change of it opens all senders anew.
 */
export interface ComplianceCheck {
  /** Null: the message may go out; else why not, for people. Never throws. */
  ask(message: OutboundMessage, signal: AbortSignal): Promise<string | null>;
}

/** Posts JSON; rejects where no answer comes. */
export type CompliancePost = (
  url: string,
  request: { body: string; headers: Readonly<Record<string, string>>; signal: AbortSignal },
) => Promise<{ status: number; body: string }>;

export const complianceSecretOwner = (workspaceId: string): string => `${workspaceId}/compliance_check`;

/** That of a workspace for a channel; null: nobody is asked. */
export async function openComplianceCheck(
  db: Queryable,
  { box, post }: { box: SecretBox; post: CompliancePost },
  workspaceId: string,
  channel: ChannelName,
): Promise<ComplianceCheck | null> {
  const settings = await getComplianceCheck(db, workspaceId);
  if (!settings?.channels.includes(channel)) return null;
  const secret = box.open(settings.secret, complianceSecretOwner(workspaceId));
  const { url, deadlineMs, onFailure } = settings;
  const failed = (detail: string) =>
    onFailure === "send" ? null : `The compliance check gave no answer that could be used: ${detail}`;
  return {
    async ask(message, signal) {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const body = JSON.stringify(questionOf(message));
      const headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Herald/0.1",
        ...{ "webhook-id": message.messageId, "webhook-timestamp": timestamp },
        "webhook-signature": signStandard(message.messageId, timestamp, body, secret),
      };
      let answer: { status: number; body: string };
      try {
        answer = await post(url, { body, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) });
      } catch (error) {
        const { cause, name, message: words } = error as Error;
        return failed(
          name === "TimeoutError" ? `none within ${deadlineMs} ms.` : `${(cause as Error)?.message ?? words}.`,
        );
      }
      if (answer.status < 200 || answer.status > 299) return failed(`it answered ${answer.status}.`);
      return judged(answer.body, failed);
    },
  };
}

function questionOf({ messageId, workspaceId, leadId, channel, action, to, subject, text }: OutboundMessage) {
  return { type: "compliance.check", workspaceId, messageId, leadId, channel, action, to, content: { subject, text } };
}

function judged(body: string, failed: (detail: string) => string | null): string | null {
  let answer: { allow?: unknown; reason?: unknown };
  try {
    answer = JSON.parse(body) as typeof answer;
  } catch {
    return failed("it is no JSON.");
  }
  if (answer?.allow === true) return null;
  if (answer?.allow !== false) return failed('it doesn\'t say "allow": true or false.');
  const reason = typeof answer.reason === "string" ? answer.reason.trim().slice(0, 500) : "";
  return reason || "The compliance check does not allow it.";
}
