import type { HeraldApiError, Output } from "../../api/client.ts";
import type { Destination, Kind } from "./destination-looks.tsx";
import { filled } from "./webhook-values.ts";

export type SystemKind = Exclude<Kind, "webhook">;
/** What a kind does by itself: GET /v1/destination-kinds. */
export type KindFacts = Output<"GET /v1/destination-kinds">["data"][number];

export const isCrm = (kind: Kind): boolean => kind === "hubspot" || kind === "salesforce" || kind === "close";

export interface TemplateValues {
  type: string;
  /** Empty: as Herald writes it by itself. */
  subject: string;
  body: string;
  fields: FieldValues[];
}
export interface FieldValues {
  name: string;
  value: string;
}

/** What the form holds; in the API's own names where one input is one setting. */
export interface SystemValues {
  name: string;
  /** How Herald is let in: `token` by what the CRM's settings show, `oauth` by somebody who agrees in the browser. */
  access: "token" | "oauth";
  credentials: { url: string; token: string; apiKey: string; clientId: string; clientSecret: string };
  eventTypes: string[];
  channels: string[];
  campaigns: string[];
  tags: string[];
  statuses: string[];
  filter: string;
  rateLimit: { requests: number | ""; perSeconds: number | "" };
  config: {
    // CRM
    domain: string;
    createPeople: boolean;
    ownerId: string;
    linkedinProperty: string;
    linkedinField: string;
    localPhone: string;
    callsPerSecond: number | "";
    templates: TemplateValues[];
    fields: FieldValues[];
    personFields: FieldValues[];
    // Chats and emails
    to: string[];
    roles: string[];
    senderId: string;
    mode: "at_once" | "digest";
    when: "minutes" | "daily";
    everyMinutes: number | "";
    dailyAt: string;
    timeZone: string;
    quietHours: { from: string; to: string };
    quietDays: string[];
    linkTemplate: string;
  };
}

export function initialSystem(name: string, timeZone: string): SystemValues {
  return {
    ...{ name, access: "token", eventTypes: [], channels: [], campaigns: [], tags: [], statuses: [], filter: "" },
    credentials: { url: "", token: "", apiKey: "", clientId: "", clientSecret: "" },
    rateLimit: { requests: "", perSeconds: 1 },
    config: {
      ...{ domain: "", createPeople: false, ownerId: "", linkedinProperty: "", linkedinField: "", localPhone: "" },
      ...{ callsPerSecond: "", templates: [], fields: [], personFields: [] },
      ...{ to: [], roles: [], senderId: "", mode: "at_once", when: "minutes", everyMinutes: 60, dailyAt: "09:00" },
      ...{ timeZone, quietHours: { from: "", to: "" }, quietDays: [], linkTemplate: "" },
    },
  };
}

const rows = (fields: unknown): FieldValues[] =>
  Object.entries((fields ?? {}) as Record<string, string>).map(([name, value]) => ({ name, value }));

/** A destination as its form shows it: but for its credentials. */
export function systemValuesOf(destination: Destination, timeZone: string): SystemValues {
  const first = initialSystem(destination.name, timeZone);
  const { templates, fields, personFields, ...config } = (destination.config ?? {}) as Record<string, unknown>;
  return {
    ...{ ...first, filter: destination.filter ?? "", eventTypes: [...(destination.eventTypes ?? [])] },
    ...{ channels: [...(destination.channels ?? [])], campaigns: [...(destination.campaigns ?? [])] },
    ...{ tags: [...(destination.tags ?? [])], statuses: [...(destination.statuses ?? [])] },
    rateLimit: destination.rateLimit ? { ...destination.rateLimit } : first.rateLimit,
    config: {
      ...first.config,
      ...(config as Partial<SystemValues["config"]>),
      when: "dailyAt" in config ? "daily" : "minutes",
      templates: Object.entries(
        (templates ?? {}) as Record<string, { subject?: string; body?: string; fields?: object }>,
      ).map(([type, { subject = "", body = "", fields: own }]) => ({ type, subject, body, fields: rows(own) })),
      ...{ fields: rows(fields), personFields: rows(personFields) },
    },
  };
}

const fieldsOf = (list: readonly FieldValues[]) =>
  Object.fromEntries(list.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value]));
const some = <T>(list: readonly T[]) => (list.length > 0 ? list : null);

/** Only what belongs to the kind: the API refuses the rest. */
export function configOf(kind: SystemKind, { config: values }: Pick<SystemValues, "config">): Record<string, unknown> {
  if (isCrm(kind)) {
    const templates = values.templates.flatMap(({ type, subject, body, fields }) => {
      const own = { ...filled({ subject, body }), ...(fields.length > 0 && { fields: fieldsOf(fields) }) };
      return Object.keys(own).length > 0 ? [[type, own] as const] : [];
    });
    const { ownerId, domain, linkedinProperty, linkedinField, localPhone, callsPerSecond } = values;
    return {
      ...{ createPeople: values.createPeople, ...filled({ ownerId }) },
      ...(kind === "salesforce" && { domain: domain.trim(), ...filled({ linkedinField }) }),
      ...(kind === "hubspot" && filled({ linkedinProperty })),
      ...(kind === "close" && filled({ localPhone })),
      ...(callsPerSecond !== "" && { callsPerSecond }),
      ...(templates.length > 0 && { templates: Object.fromEntries(templates) }),
      ...(kind !== "close" && values.fields.length > 0 && { fields: fieldsOf(values.fields) }),
      ...(values.createPeople && values.personFields.length > 0 && { personFields: fieldsOf(values.personFields) }),
      ...keptOf(values, ["baseUrl"]),
    };
  }
  const { mode, when, everyMinutes, dailyAt, timeZone, quietHours, quietDays, linkTemplate } = values;
  const quiet = quietHours.from !== "" || quietHours.to !== "";
  return {
    ...(kind === "email" && { to: values.to, roles: values.roles, ...filled({ senderId: values.senderId }) }),
    ...{ mode, timeZone },
    ...(mode === "digest" && (when === "daily" ? { dailyAt } : { everyMinutes })),
    ...{ ...(quiet && { quietHours }), ...(quietDays.length > 0 && { quietDays }), ...filled({ linkTemplate }) },
    ...keptOf(values, kind === "email" ? ["routine"] : ["routine", "verifyPost"]),
  };
}

/** Settings that the form doesn't show, and that a change, which replaces all of them, must not lose. */
const keptOf = (values: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => names.includes(name) && value !== undefined));

/** What is written of them, as the chosen way in has them. Nothing written: they stay as they are. */
export function credentialsOf(kind: SystemKind, { access, credentials }: SystemValues): Record<string, string> {
  const { url, token, apiKey, clientId, clientSecret } = credentials;
  if (kind === "hubspot") return access === "oauth" ? filled({ clientId, clientSecret }) : filled({ token });
  if (kind === "close") return filled({ apiKey });
  if (kind === "salesforce") {
    const app = filled({ clientId, clientSecret });
    const grant = access === "oauth" ? "authorization_code" : "client_credentials";
    return Object.keys(app).length > 0 ? { ...app, grant } : {};
  }
  return kind === "email" ? {} : filled({ url });
}

function rulesOf(values: SystemValues): Record<string, unknown> {
  return {
    ...{ eventTypes: some(values.eventTypes), channels: some(values.channels) },
    ...{ campaigns: some(values.campaigns), tags: some(values.tags) },
    ...{ statuses: some(values.statuses), filter: values.filter.trim() || null },
    rateLimit: values.rateLimit.requests === "" ? null : values.rateLimit,
  };
}

export function systemBodyOf(kind: SystemKind, values: SystemValues): Record<string, unknown> {
  const credentials = credentialsOf(kind, values);
  const set = Object.entries(rulesOf(values)).filter(([, value]) => value !== null);
  return {
    ...{ kind, name: values.name, config: configOf(kind, values), ...Object.fromEntries(set) },
    ...(Object.keys(credentials).length > 0 && { credentials }),
  };
}

/** All that a change may name, but for what is secret. */
export const systemFieldsOf = (kind: SystemKind, values: SystemValues): Record<string, unknown> => ({
  ...{ name: values.name.trim(), config: configOf(kind, values), ...rulesOf(values) },
});

/** Only what was changed. */
export function systemChangeOf(kind: SystemKind, values: SystemValues, before: SystemValues): Record<string, unknown> {
  const was = systemFieldsOf(kind, before);
  const credentials = credentialsOf(kind, values);
  return {
    ...Object.fromEntries(
      Object.entries(systemFieldsOf(kind, values)).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(was[key]),
      ),
    ),
    ...(Object.keys(credentials).length > 0 && { credentials }),
  };
}

/** Templates and fields are rows here: what the API says of one stands at its row. */
export function atTemplateRows(error: HeraldApiError, { config }: SystemValues): HeraldApiError {
  for (const detail of error.details as readonly { field: string }[]) {
    for (const [row, { type, fields }] of config.templates.entries()) {
      const place = `config.templates.${type}.`;
      if (!detail.field.startsWith(place)) continue;
      const part = detail.field.slice(place.length);
      const name = part.startsWith("fields.") ? part.slice("fields.".length) : null;
      const at = fields.findIndex((field) => field.name.trim() === name);
      detail.field = `config.templates.${row}.${name === null ? part : `fields.${Math.max(0, at)}.value`}`;
    }
    for (const list of ["fields", "personFields"] as const) {
      const place = `config.${list}.`;
      if (!detail.field.startsWith(place)) continue;
      const at = config[list].findIndex(({ name }) => name.trim() === detail.field.slice(place.length));
      if (at >= 0) detail.field = `${place}${at}.value`;
    }
    // Shown by one input for both.
    if (detail.field === "config.quietHours") detail.field = "config.quietHours.from";
  }
  return error;
}
