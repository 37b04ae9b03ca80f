import { createTexts as c, t } from "./texts.ts";

/** What people call the fields of a destination, by the API's names. */
export const fieldNames: Readonly<Record<string, string>> = {
  ...{ url: c.url, name: t.name, ordering: t.ordering, filter: t.filter, transform: t.transform },
  ...{ eventTypes: t.events, channels: t.channels, campaigns: c.campaigns, tags: t.tags, statuses: t.leadStatuses },
  ...{ headers: t.headers, auth: t.auth, retrySchedule: t.retries, rateLimit: t.rateLimit },
  ...{ maxConcurrency: t.concurrency, config: t.config, thin: c.thin },
};
