import { limited as closeLimited, startClose } from "../../../src/loopback/close.ts";
import type { Gate } from "../../../src/loopback/faults.ts";
import { limited as hubspotLimited, startHubspot } from "../../../src/loopback/hubspot.ts";
import { refusal, startSalesforce } from "../../../src/loopback/salesforce.ts";
import { type CrmKind, crmKinds } from "./setup.ts";

export { type CrmKind, crmKinds };

interface Fields {
  first?: string;
  last?: string;
  title?: string | null;
  email?: string;
}

/** A fake CRM with one list of people. */
export interface ListPeer {
  config: object;
  credentials: object;
  list: object;
  wrongList: object;
  add(fields: Fields): string;
  change(id: string, fields: Fields): void;
  /** From the list. */
  remove(id: string): void;
  holdSecondPage(gate: Gate): void;
  limitOnce(): void;
  losePlaces?(): void;
  report?(reportId: string, personId: string): void;
  close(): Promise<void>;
}

const secret = "secret-1234567890";

export async function startListPeer(kind: CrmKind): Promise<ListPeer> {
  return await { hubspot, salesforce, close }[kind]();
}

/** The second request of those that match waits. */
function second(matches: (request: { method: string; path: string; body: string }) => boolean) {
  let seen = 0;
  return (request: { method: string; path: string; body: string }) => matches(request) && ++seen === 2;
}

const given = (fields: Record<string, string | null | undefined>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, string>;

async function hubspot(): Promise<ListPeer> {
  const server = await startHubspot({ token: secret });
  const members: string[] = [];
  server.lists.set("12", members);
  server.lists.set("14", members);
  server.companyLists.add("14");
  const of = ({ first, last, title, email }: Fields) =>
    given({ firstname: first, lastname: last, jobtitle: title, email });
  const pages = ({ path }: { path: string }) => path.includes("/memberships");
  return {
    ...{ config: { baseUrl: server.url, callsPerSecond: 1_000 }, credentials: { token: secret } },
    ...{ list: { listId: "12" }, wrongList: { listId: "13" }, close: () => server.close() },
    add(fields) {
      const id = server.addContact(of(fields));
      members.push(id);
      return id;
    },
    change: (id, fields) => void Object.assign(server.contacts.get(id)!, of(fields)),
    remove: (id) => void members.splice(members.indexOf(id), 1),
    holdSecondPage: (gate) => server.faults.when(second(pages), { kind: "hold", when: "after", gate }),
    limitOnce: () => server.faults.when(pages, { kind: "answer", ...hubspotLimited(7_000) }),
  };
}

async function salesforce(): Promise<ListPeer> {
  const server = await startSalesforce({ clientId: secret, clientSecret: secret });
  const of = ({ first, last, title, email }: Fields) =>
    given({ FirstName: first, LastName: last, Title: title, Email: email });
  const pages = ({ path }: { path: string }) => /\/query\/\w|\/query$/.test(path);
  const config = { baseUrl: server.url, domain: "acme.my.salesforce.com", callsPerSecond: 1_000 };
  return {
    ...{ config, credentials: { clientId: secret, clientSecret: secret }, close: () => server.close() },
    ...{
      list: { soql: "select Id from Contact where LeadSource = 'Web'" },
      wrongList: { reportId: "00O000000000009AAA" },
    },
    add: (fields) => server.addPerson("Contact", { ...of(fields), LeadSource: "Web" }),
    change: (id, fields) => void Object.assign(server.people.get(id)!, of(fields)),
    remove: (id) => void Object.assign(server.people.get(id)!, { LeadSource: "Other" }),
    holdSecondPage: (gate) =>
      server.faults.when(({ path }) => /\/query\/\w/.test(path), { kind: "hold", when: "after", gate }),
    limitOnce: () =>
      server.faults.when(pages, {
        kind: "answer",
        ...refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
      }),
    report(reportId, personId) {
      const cell = (value: string) => ({ label: "R", value });
      const last = reportId.at(-4);
      server.reports.set(reportId, {
        rows: [[cell("Somebody"), cell(last === "3" ? "Nothing" : personId)]],
        ...(last === "2" && { allData: false }),
      });
    },
  };
}

async function close(): Promise<ListPeer> {
  const server = await startClose({ apiKey: secret });
  const leads: string[] = [];
  server.smartViews.set("save_00000000000000000001", { of: "lead", leads });
  const named = new Map<string, string>();
  const ofContact = (id: string) => [...server.leads.values()].find((contact) => contact.id === id)!;
  const pages = ({ path }: { path: string }) => path.endsWith("/data/search/");
  return {
    ...{ config: { baseUrl: `${server.url}/api/v1`, callsPerSecond: 1_000 }, credentials: { apiKey: secret } },
    ...{ list: { smartViewId: "save_00000000000000000001" }, wrongList: { smartViewId: "save_00000000000000000002" } },
    add({ first, last, title, email }) {
      const leadId = server.addLead({ name: `${first} ${last}`, ...(title && { title }), emails: [{ email: email! }] });
      leads.push(leadId);
      const { id } = server.leads.get(leadId)!;
      named.set(id!, leadId);
      return id!;
    },
    change(id, { first, title, email }) {
      const contact = ofContact(id);
      if (first) contact.name = `${first} L`;
      if (title === null) delete contact.title;
      if (email) contact.emails = [{ email }];
    },
    remove: (id) => void leads.splice(leads.indexOf(named.get(id)!), 1),
    holdSecondPage: (gate) => server.faults.when(second(pages), { kind: "hold", when: "after", gate }),
    limitOnce: () => server.faults.when(pages, { kind: "answer", ...closeLimited(7_000) }),
    // Before the second page.
    losePlaces() {
      let seen = 0;
      server.faults.when(
        (request) => {
          if (pages(request) && ++seen === 2) server.expireCursors();
          return false;
        },
        { kind: "cut" },
      );
    },
    close: () => server.close(),
  };
}
