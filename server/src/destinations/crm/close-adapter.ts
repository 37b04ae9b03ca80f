import { z } from "zod";
import type { SystemAccount, SystemAdapter } from "../system.ts";
import { crmEventTypes, defaultTemplates, mappingConfig } from "./activity.ts";
import { baseUrl, type CrmOptions, paceOf, previewOf, secret, settingsProblem } from "./adapter-parts.ts";
import { Close, closeActivity, closeBase } from "./close.ts";
import { closeList, closePeople, closePeopleFields } from "./close-people.ts";
import { CrmLog } from "./log.ts";
import { crmStore } from "./store.ts";

// Close's activities of these types have no fields of one's own.
const { fields: _fields, ...common } = mappingConfig;
const config = z.strictObject({
  ...common,
  localPhone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .optional()
    .meta({ description: "The team's number in Close, E.164. Without one SMS are logged as notes." }),
  baseUrl,
});
const credentials = z.strictObject({ apiKey: secret.meta({ description: "An API key (`api_...`)." }) });
type Config = z.output<typeof config>;
type Credentials = z.output<typeof credentials>;

const callsPerSecond = 10;

export function closeAdapter(options: CrmOptions): SystemAdapter<Config, Credentials> {
  const store = crmStore(options.db);
  const openClient = (account: SystemAccount<Config, Credentials>) => {
    const { baseUrl: base, ownerId, localPhone } = account.config;
    const { apiKey } = account.credentials;
    const gate = paceOf(options, account, "Close", apiKey, callsPerSecond);
    return new Close({ base, apiKey, ownerId, localPhone, proxy: options.proxy ?? null, gate });
  };
  return {
    ...{ kind: "close", config, credentials, eventTypes: crmEventTypes, templates: defaultTemplates },
    // It has no batches.
    concurrency: 8,
    url: (given) => given.baseUrl ?? closeBase,
    check: (given) => {
      for (const [type, parts] of Object.entries(given.templates))
        if (parts?.fields)
          return {
            field: `config.templates.${type}.fields`,
            reason: "Close's activities have no fields of one's own.",
          };
      return settingsProblem(given, options, []);
    },
    preview: (given, event, lead) =>
      previewOf(given, event, lead, (activity) => {
        const { type, fields } = closeActivity(activity, given);
        return { object: type, fields };
      }),
    people: {
      list: closeList,
      fields: closePeopleFields,
      open: (account, list, fields) => closePeople(openClient(account), list, fields),
    },
    open: (account) => new CrmLog(account, account.config, openClient(account), { ...options, store }),
  };
}
