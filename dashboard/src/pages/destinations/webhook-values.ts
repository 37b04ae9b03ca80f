/** What the form holds, in the API's own names and nesting, so that what it refuses stands at its field. */
export const initialWebhook = {
  url: "",
  name: "",
  format: "herald" as "herald" | "sendpilot" | "apten",
  eventTypes: [] as string[],
  ordering: "none" as "none" | "lead",
  filter: "",
  transform: "",
  signing: "hmac" as "hmac" | "ed25519",
  headers: [] as { name: string; value: string }[],
  auth: {
    ...{ type: "none" as "none" | "basic" | "bearer" | "oauth2", username: "", password: "", token: "" },
    ...{ tokenUrl: "", clientId: "", clientSecret: "", scope: "" },
  },
  retrySchedule: "",
  rateLimit: { requests: "" as number | "", perSeconds: 1 as number | "" },
  maxConcurrency: "" as number | "",
  channels: [] as string[],
  tags: [] as string[],
  thin: false,
  history: false,
  tls: { clientCertificate: "", clientKey: "", ca: "" },
};
export type WebhookValues = typeof initialWebhook;

/** Only what was filled in: the rest has the API's defaults. */
export function bodyOf(values: WebhookValues): Record<string, unknown> {
  const { url, name, format, ordering, signing, auth, rateLimit, headers, tls } = values;
  const schedule = values.retrySchedule.split(/[\s,]+/).filter(Boolean);
  const named = headers.filter((header) => header.name.trim() !== "");
  const pems = filled(tls);
  return {
    ...{ kind: "webhook", url: url.trim(), format, ordering, signing },
    ...filled({ name, filter: values.filter, transform: values.transform }),
    ...(values.eventTypes.length > 0 && { eventTypes: values.eventTypes }),
    ...(values.channels.length > 0 && { channels: values.channels }),
    ...(values.tags.length > 0 && { tags: values.tags }),
    ...(named.length > 0 && { headers: Object.fromEntries(named.map((header) => [header.name.trim(), header.value])) }),
    ...(auth.type !== "none" && { auth: authOf(auth) }),
    // What is no number is sent as it is: the API says what is wrong with it.
    ...(schedule.length > 0 && {
      retrySchedule: schedule.map((wait) => (Number.isNaN(Number(wait)) ? wait : Number(wait))),
    }),
    ...(rateLimit.requests !== "" && { rateLimit }),
    ...(values.maxConcurrency !== "" && { maxConcurrency: values.maxConcurrency }),
    ...(values.thin && { thin: true }),
    ...(values.history && { history: {} }),
    ...(Object.keys(pems).length > 0 && { tls: pems }),
  };
}

function authOf({ type, username, password, token, tokenUrl, clientId, clientSecret, scope }: WebhookValues["auth"]) {
  if (type === "basic") return { type, username, password };
  if (type === "bearer") return { type, token };
  return { type, tokenUrl, clientId, clientSecret, ...filled({ scope }) };
}

export const filled = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));
