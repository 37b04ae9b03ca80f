/**
 * Whether a program followed a link of a message by itself: a scanner that looks for malware, a mail provider's proxy that
 * loads pictures ahead, a preview of a chat. What such a one does says nothing of the person.
 */
const programs =
  /googleimageproxy|ggpht\.com|yahoomailproxy|bot\b|crawl|spider|scan|preview|prefetch|proxy|barracuda|proofpoint|mimecast|safelinks|urldefense|fireeye|symantec|headless|python|curl|wget|go-http-client|java\/|okhttp|facebookexternalhit|slack|whatsapp|telegram|skypeuripreview/i;

export function isAutomated(method: string, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const agent = headers["user-agent"];
  // Apple Mail Privacy Protection loads all pictures, with this and nothing more.
  if (method !== "GET" || typeof agent !== "string" || agent.trim() === "Mozilla/5.0" || agent.trim() === "")
    return true;
  if (headers.purpose ?? headers["sec-purpose"] ?? headers["x-purpose"] ?? headers["x-moz"]) return true;
  return programs.test(agent);
}
