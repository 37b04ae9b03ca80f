import type { TestDashboard } from "./dashboard.ts";

/** A sender of the sandbox for each channel, in the order email, sms, linkedin. */
export async function seedSenders({ api }: TestDashboard): Promise<string[]> {
  return await Promise.all(
    (["email", "sms", "linkedin"] as const).map(async (channel) => {
      const body = { name: `Ada's ${channel}`, channel, provider: "sandbox" };
      return (await api.request("POST /v1/senders", { body })).id;
    }),
  );
}

const names = [
  ["Ada", "Lovelace", "Analytical Engines"],
  ["Grace", "Hopper", "Navy"],
  [
    "Wolfgang Maximilian",
    "von Hohenzollern-Sigmaringen",
    "Österreichische Donaudampfschifffahrtsgesellschaft mbH & Co. KG",
  ],
  ["<img src=x onerror=alert(1)>", "Nuñez", "<script>alert(1)</script>"],
] as const;

/** Leads with real-looking, long and hostile names; every third has no phone number, every fifth no favourite topic. */
export async function seedLeads({ api }: TestDashboard, count: number): Promise<string[]> {
  const leads = Array.from({ length: count }, (_, i) => {
    const [firstName, lastName, company] = names[i % names.length]!;
    return {
      ...{ firstName, lastName, company, email: `person${i}@example.com`, tags: i % 2 ? ["vip"] : [] },
      ...(i % 3 > 0 && { phone: `+1202555${String(1000 + i)}` }),
      ...(i % 5 > 0 && { favouriteTopic: "hiring engineers" }),
      linkedinUrl: `https://www.linkedin.com/in/person-${i}`,
    };
  });
  const { leadIds } = await api.request("POST /v1/leads", { body: { leads } });
  return leadIds.filter((id) => id !== null);
}

/** A campaign that runs, with a task in it, for these leads. */
export async function seedRunning({ api }: TestDashboard, senderIds: string[], leadIds: string[]): Promise<string> {
  const { id } = await api.request("POST /v1/campaigns", {
    body: {
      ...{ name: "Founders in Berlin", senderIds, timeZone: "Europe/Berlin" },
      steps: [
        {
          ...{ channel: "email", key: "intro" },
          variants: [
            { key: "A", subject: "Quick question, {{ firstName }}", text: "Hi {{ firstName }},\n\nhow do you hire?" },
            { key: "B", weight: 2, subject: "{{ company }} and hiring", text: "Hello {{ firstName }}, a short one." },
          ],
        },
        { action: "task", title: "Call {{ firstName }}", text: "Call {{ firstName }} at {{ company }}." },
        { channel: "sms", delay: "3bd", text: "Hi {{ firstName }} 👋", if: { hasAddress: "sms" } },
      ],
    },
  });
  await api.request("POST /v1/campaigns/{id}/leads", { params: { id }, body: { leadIds } });
  await api.request("POST /v1/campaigns/{id}/start", { params: { id } });
  return id;
}

/** A draft with branches, windows and a limit, so that its dry run lasts for days. */
export async function seedDraft({ api }: TestDashboard, senderIds: string[], leadIds: string[]): Promise<string> {
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
  const html =
    "<p style='color:red' onclick='alert(1)'>Hi <b>{{ firstName }}</b><img src='https://example.com/x.gif'></p>";
  const { id } = await api.request("POST /v1/campaigns", {
    body: {
      name: "Heads of engineering, second wave, with a very long name that has to be cut somewhere sensible",
      ...{ senderIds, allowParallel: true, limits: { newLeadsPerDay: 8 } },
      schedule: { windows: Object.fromEntries(days.map((day) => [day, [{ from: "09:00", to: "17:00" }]])) },
      steps: [
        { channel: "linkedin", action: "connect", text: "Hi {{ firstName }}, {{ favouriteTopic }}?" },
        { action: "wait_for_acceptance", timeLimit: "14d", else: { goTo: 4 } },
        { channel: "linkedin", delay: "1d", text: "Thanks for connecting, {{ firstName }}!" },
        { channel: "email", delay: "2d", subject: "Hiring", text: "Hi {{ firstName }}", html },
        { channel: "sms", delay: "2d", text: "Hi {{ firstName }}, shall we talk?" },
      ],
    },
  });
  await api.request("POST /v1/campaigns/{id}/leads", { params: { id }, body: { leadIds } });
  return id;
}
