import type { HeraldApiError } from "../../api/client.ts";
import type { Destination } from "./destination-looks.tsx";

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
  /** `kept`: it is stored, and stays as it is while nothing is written. */
  headers: [] as { name: string; value: string; kept: boolean }[],
  auth: {
    ...{ type: "none" as "none" | "basic" | "bearer" | "oauth2", username: "", password: "", token: "" },
    ...{ tokenUrl: "", clientId: "", clientSecret: "", scope: "", audience: "" },
    authMethod: "basic" as "basic" | "body",
  },
  retrySchedule: "",
  rateLimit: { requests: "" as number | "", perSeconds: 1 as number | "" },
  maxConcurrency: "" as number | "",
  channels: [] as string[],
  campaigns: [] as string[],
  tags: [] as string[],
  statuses: [] as string[],
  thin: false,
  history: false,
  tls: { clientCertificate: "", clientKey: "", ca: "" },
  removeTls: false,
};
export type WebhookValues = typeof initialWebhook;

/** As many as there can be: not set. */
const mostAtOnce = 2_048;

/** A destination as its form shows it: but for what is secret. */
export function valuesOf(destination: Destination): WebhookValues {
  const { auth, rateLimit, maxConcurrency } = destination;
  return {
    ...{ ...initialWebhook, url: destination.url, name: destination.name, format: destination.format },
    ...{ eventTypes: [...(destination.eventTypes ?? [])], ordering: destination.ordering },
    ...{ filter: destination.filter ?? "", transform: destination.transform ?? "", thin: destination.thin },
    ...{ signing: destination.signing ?? "hmac", channels: [...(destination.channels ?? [])] },
    ...{ campaigns: [...(destination.campaigns ?? [])], tags: [...(destination.tags ?? [])] },
    statuses: [...(destination.statuses ?? [])],
    headers: destination.headerNames.map((name) => ({ name, value: "", kept: true })),
    auth: { ...initialWebhook.auth, ...auth },
    retrySchedule: (destination.retrySchedule ?? []).join(", "),
    rateLimit: rateLimit ? { ...rateLimit } : { ...initialWebhook.rateLimit },
    maxConcurrency: maxConcurrency === mostAtOnce ? "" : maxConcurrency,
  };
}

/** Only what was filled in: the rest has the API's defaults. */
export function bodyOf(values: WebhookValues): Record<string, unknown> {
  const { url, name, format, ordering, signing } = values;
  const set = Object.entries(settingsOf(values)).filter(([, value]) => value !== null && value !== false);
  return {
    ...{ kind: "webhook", url: url.trim(), format, ordering, signing },
    ...filled({ name }),
    ...Object.fromEntries(set),
    ...(values.history && { history: {} }),
  };
}

/** All that a change may name, but for what is secret. */
export const fieldsOf = (values: WebhookValues): Record<string, unknown> => ({
  ...{ url: values.url.trim(), name: values.name.trim(), ordering: values.ordering },
  ...settingsOf(values),
});

/** Only what was changed: somebody else may have changed something else meanwhile. What was emptied is null. */
export function changeOf(values: WebhookValues, destination: Destination): Record<string, unknown> {
  const before = fieldsOf(valuesOf(destination));
  const changed = Object.entries(fieldsOf(values)).filter(
    ([key, value]) => key !== "tls" && JSON.stringify(value) !== JSON.stringify(before[key]),
  );
  const pems = filled(values.tls);
  return {
    ...Object.fromEntries(changed),
    ...(Object.keys(pems).length > 0 ? { tls: pems } : values.removeTls ? { tls: null } : {}),
  };
}

/** What both creating and changing take; null: not set. */
function settingsOf(values: WebhookValues): Record<string, unknown> {
  const { auth, rateLimit, headers } = values;
  const schedule = values.retrySchedule.split(/[\s,]+/).filter(Boolean);
  const named = headers.filter((header) => header.name.trim() !== "");
  const pems = filled(values.tls);
  const some = <T>(list: readonly T[]) => (list.length > 0 ? list : null);
  return {
    ...{ filter: values.filter.trim() || null, transform: values.transform.trim() || null, thin: values.thin },
    ...{ eventTypes: some(values.eventTypes), channels: some(values.channels) },
    ...{ campaigns: some(values.campaigns), tags: some(values.tags) },
    statuses: some(values.statuses),
    headers:
      named.length === 0
        ? null
        : Object.fromEntries(named.map(({ name, value, kept }) => [name.trim(), kept && value === "" ? null : value])),
    auth: auth.type === "none" ? null : authOf(auth),
    // What is no number is sent as it is: the API says what is wrong with it.
    retrySchedule: some(schedule.map((wait) => (Number.isNaN(Number(wait)) ? wait : Number(wait)))),
    rateLimit: rateLimit.requests === "" ? null : rateLimit,
    maxConcurrency: values.maxConcurrency === "" ? null : values.maxConcurrency,
    tls: Object.keys(pems).length > 0 ? pems : null,
  };
}

/** A secret that is left empty isn't sent: it stays, or the API says that it is missing. */
function authOf({ type, username, password, token, tokenUrl, clientId, clientSecret, ...more }: WebhookValues["auth"]) {
  if (type === "basic") return { type, username, ...filled({ password }) };
  if (type === "bearer") return { type, ...filled({ token }) };
  const { scope, audience, authMethod } = more;
  return { type, tokenUrl, clientId, ...filled({ clientSecret, scope, audience }), authMethod };
}

export const filled = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));

/** Headers are rows here, and named by themselves in the API: what it says of one stands at its row. */
export function atRows(error: HeraldApiError, { headers }: WebhookValues): HeraldApiError {
  for (const detail of error.details) {
    const name = detail.field.startsWith("headers.") ? detail.field.slice("headers.".length) : null;
    const row = headers.findIndex((header) => header.name.trim() === name);
    if (row >= 0) (detail as { field: string }).field = `headers.${row}.value`;
  }
  return error;
}
