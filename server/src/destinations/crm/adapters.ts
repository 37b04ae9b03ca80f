import { z } from "zod";
import type { Queryable } from "../../db/pool.ts";
import type { SystemAdapter } from "../system.ts";
import type { EgressProxy } from "../webhook/egress-proxy.ts";
import { isPrivateHost } from "../webhook/url-check.ts";
import { crmEventTypes, mappingConfig, type Templates, templateProblem } from "./activity.ts";
import { Close, closeBase } from "./close.ts";
import { Hubspot, hubspotBase } from "./hubspot.ts";
import { CrmLog, type CrmLogOptions } from "./log.ts";
import { Salesforce } from "./salesforce.ts";
import { crmStore } from "./store.ts";

export interface CrmOptions extends Pick<CrmLogOptions, "leaseMs" | "settleMs"> {
  db: Queryable;
  /** Whether `config.baseUrl` may be used. Default false. */
  allowPrivate?: boolean;
  proxy?: EgressProxy | null;
}

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .optional()
  .meta({ description: "For tests: a stand-in on this machine or a private network, where those are allowed." });
const secret = z.string().regex(/^[\x21-\x7e]{10,500}$/, "Copy the whole of it, without spaces.");

const hubspotConfig = z.strictObject({
  ...mappingConfig,
  linkedinProperty: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,99}$/)
    .default("hs_linkedin_url")
    .meta({ description: "Internal name of the contact property with the LinkedIn profile's address." }),
  baseUrl,
});
const hubspotCredentials = z.strictObject({
  token: secret.meta({ description: "The access token of a private app (`pat-...`)." }),
});

const closeConfig = z.strictObject({
  ...mappingConfig,
  localPhone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .optional()
    .meta({ description: "The team's number in Close, E.164. Without one SMS are logged as notes." }),
  baseUrl,
});
const closeCredentials = z.strictObject({ apiKey: secret.meta({ description: "An API key (`api_...`)." }) });

const salesforceConfig = z.strictObject({
  ...mappingConfig,
  domain: z
    .string()
    .regex(/^[a-z0-9-]{1,80}(\.sandbox|\.develop|\.scratch)?\.my\.salesforce\.com$/)
    .meta({ description: "The organization's own domain (Setup, My Domain): `acme.my.salesforce.com`." }),
  linkedinField: z
    .string()
    .regex(/^[A-Za-z]\w{0,79}$/)
    .optional()
    .meta({ description: "The field of Lead and Contact with the LinkedIn profile's address: `LinkedIn__c`." }),
  baseUrl,
});
const salesforceCredentials = z.strictObject({
  clientId: secret.meta({ description: "Consumer key of an app that allows the client credentials flow." }),
  clientSecret: secret.meta({ description: "Its consumer secret." }),
});

export function salesforceAdapter(
  options: CrmOptions,
): SystemAdapter<z.output<typeof salesforceConfig>, z.output<typeof salesforceCredentials>> {
  const store = crmStore(options.db);
  const urlOf = (config: z.output<typeof salesforceConfig>) => config.baseUrl ?? `https://${config.domain}`;
  return {
    ...{ kind: "salesforce", config: salesforceConfig, credentials: salesforceCredentials, eventTypes: crmEventTypes },
    concurrency: 4,
    url: urlOf,
    check: (config) => problemOf(config, options),
    open(account) {
      const { baseUrl: given, ownerId, linkedinField } = account.config;
      const client = new Salesforce({
        ...{ ...account.credentials, base: urlOf(account.config), ownerId, linkedinField },
        ...{ anyInstance: given !== undefined, proxy: options.proxy ?? null },
      });
      return new CrmLog(account, account.config, client, { ...options, store });
    },
  };
}

export function hubspotAdapter(
  options: CrmOptions,
): SystemAdapter<z.output<typeof hubspotConfig>, z.output<typeof hubspotCredentials>> {
  const store = crmStore(options.db);
  return {
    ...{ kind: "hubspot", config: hubspotConfig, credentials: hubspotCredentials, eventTypes: crmEventTypes },
    concurrency: 4,
    url: (config) => config.baseUrl ?? hubspotBase,
    check: (config) => problemOf(config, options),
    open(account) {
      const { baseUrl: base, ownerId, linkedinProperty } = account.config;
      const { token } = account.credentials;
      const client = new Hubspot({ base, token, ownerId, linkedinProperty, proxy: options.proxy ?? null });
      return new CrmLog(account, account.config, client, { ...options, store });
    },
  };
}

export function closeAdapter(
  options: CrmOptions,
): SystemAdapter<z.output<typeof closeConfig>, z.output<typeof closeCredentials>> {
  const store = crmStore(options.db);
  return {
    ...{ kind: "close", config: closeConfig, credentials: closeCredentials, eventTypes: crmEventTypes },
    concurrency: 4,
    url: (config) => config.baseUrl ?? closeBase,
    check: (config) => problemOf(config, options),
    open(account) {
      const { baseUrl: base, ownerId, localPhone } = account.config;
      const { apiKey } = account.credentials;
      const client = new Close({ base, apiKey, ownerId, localPhone, proxy: options.proxy ?? null });
      return new CrmLog(account, account.config, client, { ...options, store });
    },
  };
}

function problemOf(
  { baseUrl, templates }: { baseUrl?: string | undefined; templates: Templates },
  { allowPrivate = false }: CrmOptions,
): { field: string; reason: string } | null {
  // A token must go to its own CRM; elsewhere only where whoever runs Herald tries things out.
  if (baseUrl !== undefined && !(allowPrivate && isPrivateHost(new URL(baseUrl).hostname)))
    return {
      field: "config.baseUrl",
      reason:
        "This is for stand-ins on this machine or a private network, where HERALD_ALLOW_PRIVATE_DESTINATIONS allows them. Leave it out.",
    };
  return templateProblem(templates);
}
