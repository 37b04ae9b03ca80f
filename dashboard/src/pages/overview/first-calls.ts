import { apiQuery } from "../../api/query.ts";

/**
 * What the page asks first, whoever looks at it: the page's head names it (page-files.ts), so that it is asked while the scripts load.
 */

export const shownUncertain = 5;

const senders = apiQuery("GET /v1/senders", { query: { limit: 100 } });
const destinations = apiQuery("GET /v1/destinations", { query: { limit: 100 } });

export const attentionCalls = {
  senders,
  destinations,
  deliveries: apiQuery("GET /v1/analytics/deliveries"),
  uncertain: apiQuery("GET /v1/messages", { query: { status: "uncertain", limit: shownUncertain } }),
  tasks: apiQuery("GET /v1/tasks", { query: { status: "open", limit: 100 } }),
  drafts: apiQuery("GET /v1/assistant/turns", { query: { state: "draft", limit: 100 } }),
  unread: apiQuery("GET /v1/conversations/unread"),
  requests: apiQuery("GET /v1/approvals/waiting"),
};

export const startCalls = {
  senders,
  leads: apiQuery("GET /v1/leads", { query: { limit: 1, count: "false" } }),
  messages: apiQuery("GET /v1/messages", { query: { limit: 1 } }),
  sent: apiQuery("GET /v1/messages", { query: { limit: 1, status: "sent" } }),
  destinations,
};

export const firstCalls = [...new Set([...Object.values(attentionCalls), ...Object.values(startCalls)])];
