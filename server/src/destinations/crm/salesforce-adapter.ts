import { z } from "zod";
import { putCrmToken } from "../../db/crm-token.ts";
import type { SystemAccount, SystemAdapter } from "../system.ts";
import { grantedAccess } from "./access.ts";
import { crmEventTypes, defaultTemplates, mappingConfig } from "./activity.ts";
import { authorized, baseUrl, type CrmOptions, paceOf, previewOf, secret, settingsProblem } from "./adapter-parts.ts";
import { CrmLog } from "./log.ts";
import { ownFields, Salesforce, salesforceTask } from "./salesforce.ts";
import { salesforceAuthorizeUrl, salesforceExchange, salesforceRenew } from "./salesforce-auth.ts";
import { salesforceList, salesforcePeople, salesforcePeopleFields } from "./salesforce-people.ts";
import { crmStore } from "./store.ts";
import { CrmTokens, sealGrant } from "./tokens.ts";

const config = z.strictObject({
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
const credentials = z.strictObject({
  clientId: secret.meta({ description: "Consumer key of the app." }),
  clientSecret: secret.meta({ description: "Its consumer secret." }),
  grant: z.enum(["client_credentials", "authorization_code"]).default("client_credentials").meta({
    description:
      "`client_credentials`: as the app's run-as user. `authorization_code`: as whoever connects it, by `POST /v1/destinations/{id}/oauth/start`.",
  }),
});
type Config = z.output<typeof config>;
type Credentials = z.output<typeof credentials>;

/** Salesforce counts calls by the day, and those that take long by their number. */
const callsPerSecond = 25;

export function salesforceAdapter(options: CrmOptions): SystemAdapter<Config, Credentials> {
  const store = crmStore(options.db);
  const { db, box, proxy = null } = options;
  const urlOf = (given: Config) => given.baseUrl ?? `https://${given.domain}`;
  const openClient = (account: SystemAccount<Config, Credentials>) => {
    const { workspaceId, destinationId, credentials: client } = account;
    const { ownerId, linkedinField, createPeople: createsPeople } = account.config;
    const base = urlOf(account.config);
    const gate = paceOf(options, account, "Salesforce", account.config.domain, callsPerSecond);
    const anyInstance = account.config.baseUrl !== undefined;
    const renew = salesforceRenew(base, client, { proxy, gate, anyInstance });
    const key = { workspaceId, destinationId };
    const access = grantedAccess(new CrmTokens({ db, box, key, clientId: client.clientId, renew }));
    return new Salesforce({ base, access, ownerId, linkedinField, createsPeople, proxy, gate });
  };
  return {
    ...{ kind: "salesforce", config, credentials, eventTypes: crmEventTypes, templates: defaultTemplates },
    concurrency: 100,
    url: urlOf,
    check: (given) => settingsProblem(given, options, ownFields),
    preview: (given, event, lead) =>
      previewOf(given, event, lead, (activity) => ({
        object: "Task",
        fields: salesforceTask(activity, given.ownerId, lead?.externalLeadId ?? null),
      })),
    oauth: {
      authorizeUrl: (given, { clientId, grant }, request) =>
        grant === "authorization_code" ? salesforceAuthorizeUrl(urlOf(given), clientId, request) : null,
      exchange: ({ workspaceId, destinationId, config: given, credentials: client }, answer, signal) =>
        authorized(async () => {
          const key = { workspaceId, destinationId };
          const ways = { proxy, anyInstance: given.baseUrl !== undefined };
          const grant = await salesforceExchange(urlOf(given), client, answer, ways, signal);
          await putCrmToken(db, key, sealGrant(box, key, grant));
          return `Connected to Salesforce organization ${grant.account ?? given.domain}.`;
        }),
    },
    people: {
      list: salesforceList,
      fields: (given) => salesforcePeopleFields(given.linkedinField),
      open: (account, list, fields) => salesforcePeople(openClient(account), list, fields),
    },
    open: (account) => new CrmLog(account, account.config, openClient(account), { ...options, store }),
  };
}
