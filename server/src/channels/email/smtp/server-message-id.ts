/** Microsoft 365 and Outlook.com: `250 2.0.0 OK <id@host.prod.outlook.com> [Hostname=...]`. */
const microsoft = /^250 2\.0\.0 OK (<[^<>\s]+\.prod\.outlook\.com>)/i;
/** Amazon SES: `250 Ok 0100018b5c3c0a4f-...-000000`, the part before the @. */
const amazon = /^250 Ok ([0-9a-f]+(?:-[0-9a-f]+)+)$/i;
/** `us-east-1`, `ap-southeast-2`, ... */
const region = /^[a-z]{2}(?:-[a-z]+)+-\d+$/;

/**
 * The Message-ID that a server put in place of ours, by its final answer; null where it says nothing of one. Replies refer to it.
 *
 * @param host of the server: what Amazon says is only read from a host of Amazon's.
 */
export function serverMessageId(answer: string, host: string): string | null {
  const said = answer.trim();
  const id = microsoft.exec(said)?.[1];
  if (id) return id;
  const local = amazon.exec(said)?.[1];
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  if (!local || !["amazonaws.com", "awsapps.com"].includes(labels.slice(-2).join("."))) return null;
  const place = labels.slice(0, -2).find((label) => region.test(label));
  // In the first region the domain is `email`, in the others the region.
  return place ? `<${local.toLowerCase()}@${place === "us-east-1" ? "email" : place}.amazonses.com>` : null;
}
