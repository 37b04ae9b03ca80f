/** What a campaign did to its leads over the last days. */
export interface CampaignHealth {
  /** Messages that went out. */
  sent: number;
  /** Messages that the provider refused for good. */
  failed: number;
  /** Of these: there is no such mailbox or number. */
  bounced: number;
  complaints: number;
}

/** Over this many days, and not before so many messages went out or failed. */
export const guardRails = {
  days: 7,
  fewest: 50,
  bounces: 0.05,
  complaints: 0.001,
  failures: 0.2,
} as const;

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

/**
 * Why a campaign has to stop, in words; null: it may go on. Limits above which providers punish a sender: 5 % bounces, 0.1 %
 * complaints (what Gmail and Yahoo ask of bulk senders), 20 % failures of any kind.
 */
export function brokenRail({ sent, failed, bounced, complaints }: CampaignHealth): string | null {
  const tried = sent + failed;
  if (tried < guardRails.fewest) return null;
  const over = (count: number, limit: number, what: string) =>
    count / tried >= limit
      ? `${count} of ${tried} messages ${what} in ${guardRails.days} days (${percent(count / tried)}; the limit is ${percent(limit)})`
      : null;
  return (
    over(complaints, guardRails.complaints, "drew complaints") ??
    over(bounced, guardRails.bounces, "bounced") ??
    over(failed, guardRails.failures, "failed")
  );
}
