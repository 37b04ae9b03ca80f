import { z } from "zod";
import { forgetCrmPeople } from "../../db/crm.ts";
import { putCrmToken } from "../../db/crm-token.ts";
import type { SystemAccount, SystemAdapter } from "../system.ts";
import { type Access, fixedAccess, grantedAccess } from "./access.ts";
import { crmEventTypes, defaultTemplates, mappingConfig } from "./activity.ts";
import { authorized, baseUrl, type CrmOptions, paceOf, previewOf, secret, settingsProblem } from "./adapter-parts.ts";
import { Hubspot, hubspotBase } from "./hubspot.ts";
import { hubspotApp, hubspotAuthorizeUrl, hubspotExchange, hubspotRenew } from "./hubspot-auth.ts";
import { hubspotObject, ownProperties } from "./hubspot-objects.ts";
import { hubspotList, hubspotPeople, hubspotPeopleFields } from "./hubspot-people.ts";
import { CrmLog } from "./log.ts";
import { crmStore } from "./store.ts";
import { CrmTokens, knownGrant, sealGrant } from "./tokens.ts";

const config = z.strictObject({
  ...mappingConfig,
  linkedinProperty: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,99}$/)
    .default("hs_linkedin_url")
    .meta({ description: "Internal name of the contact property with the LinkedIn profile's address." }),
  baseUrl,
});
const credentials = z
  .strictObject({
    token: secret.optional().meta({ description: "The access token of a private app (`pat-...`)." }),
    clientId: secret.optional().meta({
      description:
        "With OAuth, in place of `token`: the app's client ID. Then `POST /v1/destinations/{id}/oauth/start`.",
    }),
    clientSecret: secret.optional().meta({ description: "The app's client secret." }),
  })
  .refine(({ token, clientId, clientSecret }) => (token === undefined) === Boolean(clientId && clientSecret), {
    error: "Give token (of a private app), or clientId and clientSecret (OAuth).",
  });
type Config = z.output<typeof config>;
type Credentials = z.output<typeof credentials>;

/** Searches have a limit of their own: five a second, over all apps of the account. */
const searches = { calls: 4, perMs: 1_000, burst: 2 };
const callsPerSecond = 9;

export function hubspotAdapter(options: CrmOptions): SystemAdapter<Config, Credentials> {
  const store = crmStore(options.db);
  const { db, box, proxy = null } = options;
  const baseOf = (given: Config) => given.baseUrl ?? hubspotBase;
  const openClient = (account: SystemAccount<Config, Credentials>) => {
    const { workspaceId, destinationId } = account;
    const { token, clientId, clientSecret } = account.credentials;
    const { ownerId, linkedinProperty } = account.config;
    const base = baseOf(account.config);
    // HubSpot counts by app and account; an app of a workspace's own is in its account alone.
    const gate = paceOf(options, account, "HubSpot", token ?? clientId!, callsPerSecond, searches);
    let access: Access;
    if (token !== undefined) access = fixedAccess(`Bearer ${token}`);
    else {
      const client = { clientId: clientId!, clientSecret: clientSecret! };
      const renew = hubspotRenew(base, client, { proxy, gate });
      access = grantedAccess(
        new CrmTokens({ db, box, key: { workspaceId, destinationId }, clientId: client.clientId, renew }),
      );
    }
    return new Hubspot({ base, access, privateToken: token ?? null, ownerId, linkedinProperty, proxy, gate });
  };
  return {
    ...{ kind: "hubspot", config, credentials, eventTypes: crmEventTypes, templates: defaultTemplates },
    // As many as a batch holds.
    concurrency: 100,
    url: baseOf,
    check: (given) => settingsProblem(given, options, ownProperties),
    preview: (given, event, lead) =>
      previewOf(given, event, lead, (activity) => {
        const { type, properties } = hubspotObject(activity, given.ownerId);
        return { object: type, properties };
      }),
    oauth: {
      authorizeUrl: (given, { clientId }, request) =>
        clientId === undefined ? null : hubspotAuthorizeUrl(given.baseUrl ?? hubspotApp, clientId, request),
      exchange: (
        { workspaceId, destinationId, config: given, credentials: { clientId, clientSecret } },
        answer,
        signal,
      ) =>
        authorized(async () => {
          const key = { workspaceId, destinationId };
          const client = { clientId: clientId!, clientSecret: clientSecret! };
          const grant = await hubspotExchange(baseOf(given), client, answer, { proxy }, signal);
          const before = await knownGrant(db, box, key);
          await putCrmToken(db, key, sealGrant(box, key, grant));
          if (before !== null && before.account !== grant.account) await forgetCrmPeople(db, key);
          return `Connected to HubSpot account ${grant.account ?? "?"}.`;
        }),
    },
    people: {
      list: hubspotList,
      fields: (given) => hubspotPeopleFields(given.linkedinProperty),
      open: (account, list, fields) => hubspotPeople(openClient(account), list, fields),
    },
    open: (account) => new CrmLog(account, account.config, openClient(account), { ...options, store }),
  };
}
