import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiKey } from "../../src/db/api-key.ts";
import { makeCampaign, makeDestination, makeLead } from "../factories.ts";
import { outreachApi } from "./outreach-api.ts";

let api: Awaited<ReturnType<typeof outreachApi>>;
beforeAll(async () => {
  api = await outreachApi();
});
afterAll(async () => await api.close());

const unknownLead = "lead_00000000000000000000000000";

describe("POST /v1/leads", () => {
  test("adds the good ones of a mixed list, in SendPilot's shape; each bad one is named by index, field and reason", async () => {
    const { call } = await api.workspace();
    const { status, body } = await call("POST", "/v1/leads", {
      leads: [
        {
          linkedinUrl: "linkedin.com/in/Jane-Doe/",
          firstName: "Jane",
          company: "Acme",
          favouriteTopic: "hiring",
          age: 41,
        },
        { firstName: "Nobody" },
        "not an object",
        { phone: "12345", email: "jane@" },
        { linkedinUrl: "https://uk.linkedin.com/in/jane-doe?x=1" },
      ],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      leadsAdded: 1,
      duplicatesSkipped: 1,
      invalidEntries: 3,
      errors: [
        { index: 1, field: "linkedinUrl", reason: expect.stringContaining("at least one") },
        { index: 2, field: "lead", reason: expect.any(String) },
        { index: 3, field: "phone", reason: expect.any(String) },
        { index: 3, field: "email", reason: expect.any(String) },
      ],
      leadIds: [expect.stringMatching(/^lead_/), null, null, null, expect.any(String)],
    });
    const ids = body.leadIds as string[];
    expect(ids[4]).toBe(ids[0]);
    const lead = await call("GET", `/v1/leads/${ids[0]}`);
    expect(lead.body).toMatchObject({
      linkedinUrl: "https://www.linkedin.com/in/jane-doe",
      firstName: "Jane",
      custom: { favouriteTopic: "hiring", age: "41" },
      status: "PENDING",
    });
  });

  test("without errors there is no field errors; the same list again adds nothing and gives the same IDs", async () => {
    const { call } = await api.workspace();
    const leads = [{ email: "a@example.com" }, { email: "b@example.com" }];
    const first = await call("POST", "/v1/leads", { leads });
    expect(first.body).toEqual({
      ...{ success: true, leadsAdded: 2, duplicatesSkipped: 0, invalidEntries: 0, leadIds: expect.any(Array) },
    });
    const again = await call("POST", "/v1/leads", { leads });
    expect(again.body).toMatchObject({ leadsAdded: 0, duplicatesSkipped: 2, leadIds: first.body.leadIds });
  });

  test("with a campaign, known leads enter it too and count as added, once", async () => {
    const { workspaceId, call } = await api.workspace();
    await makeLead(api.db, workspaceId, { email: "known@example.com" });
    const campaignId = await makeCampaign(api.db, workspaceId, {
      senderIds: [],
      leadIds: [],
      steps: [{ channel: "email" }],
    });
    const body = { campaignId, leads: [{ email: "known@example.com" }, { email: "new@example.com" }] };
    expect((await call("POST", "/v1/leads", body)).body).toMatchObject({ leadsAdded: 2, duplicatesSkipped: 0 });
    expect((await call("POST", "/v1/leads", body)).body).toMatchObject({ leadsAdded: 0, duplicatesSkipped: 2 });
    const enrolled = await call("GET", `/v1/leads?campaignId=${campaignId}`);
    expect(enrolled.body).toMatchObject({ pagination: { total: 2 } });
  });

  test("a campaign that isn't there is 404, and nothing is stored", async () => {
    const { call } = await api.workspace();
    const body = { campaignId: "camp_00000000000000000000000000", leads: [{ email: "a@example.com" }] };
    expect((await call("POST", "/v1/leads", body)).status).toBe(404);
    expect((await call("GET", "/v1/leads")).body).toMatchObject({ pagination: { total: 0 } });
  });

  test("0 and 101 leads are refused; a list of which nothing is valid is no success", async () => {
    const { call } = await api.workspace();
    expect((await call("POST", "/v1/leads", { leads: [] })).status).toBe(400);
    const many = Array.from({ length: 101 }, (_, n) => ({ email: `x${n}@example.com` }));
    expect((await call("POST", "/v1/leads", { leads: many })).status).toBe(400);
    const { status, body } = await call("POST", "/v1/leads", { leads: [{}] });
    expect([status, body.success, body.invalidEntries]).toEqual([200, false, 1]);
  });

  test("a national phone number counts in the country that the request names, and only there", async () => {
    const { call } = await api.workspace();
    const leads = [{ phone: "(202) 555-0143" }];
    expect((await call("POST", "/v1/leads", { leads })).body).toMatchObject({ invalidEntries: 1 });
    const { body } = await call("POST", "/v1/leads", { leads, defaultCountry: "US" });
    const lead = await call("GET", `/v1/leads/${(body.leadIds as string[])[0]}`);
    expect(lead.body.phone).toBe("+12025550143");
    expect((await call("POST", "/v1/leads", { leads, defaultCountry: "usa" })).status).toBe(400);
  });

  test("a key without the scope send adds and changes nothing", async () => {
    const { workspaceId } = await api.workspace();
    const leadId = await makeLead(api.db, workspaceId);
    const call = await api.callAs(workspaceId, ["read"]);
    expect((await call("POST", "/v1/leads", { leads: [{ email: "a@example.com" }] })).status).toBe(403);
    expect((await call("PATCH", `/v1/leads/${leadId}`, { title: "X" })).status).toBe(403);
    expect((await call("GET", `/v1/leads/${leadId}`)).status).toBe(200);
  });
});

describe("GET /v1/leads", () => {
  test("a first page needs no count, and goes on by cursor; a page by number does", async () => {
    const { call } = await api.workspace();
    const people = ["a", "b", "c"].map((name) => ({
      email: `uncounted-${name}@example.com`,
      lastName: `Uncounted ${name}`,
    }));
    await call("POST", "/v1/leads", { leads: people });
    const list = "/v1/leads?search=uncounted&sort=name&limit=2&count=false";
    const first = await call("GET", list);
    expect(first.body).toMatchObject({ pagination: { total: null, page: null, totalPages: null, limit: 2 } });
    const { leads, pagination } = first.body as { leads: { lastName: string }[]; pagination: { nextCursor: string } };
    const second = await call("GET", `${list}&cursor=${pagination.nextCursor}`);
    const rest = second.body as { leads: { lastName: string }[] };
    expect([...leads, ...rest.leads].map(({ lastName }) => lastName)).toEqual(people.map(({ lastName }) => lastName));
    expect(second.body).toMatchObject({ pagination: { nextCursor: null } });
    const numbered = await call("GET", `${list}&page=2`);
    expect(numbered).toMatchObject({ status: 400, body: { message: expect.stringContaining("nextCursor") } });
  });

  test("pages by number carry total and totalPages; pages by cursor give each lead once", async () => {
    const { workspaceId, call } = await api.workspace();
    for (let n = 0; n < 5; n++) await makeLead(api.db, workspaceId);
    const first = await call("GET", "/v1/leads?page=1&limit=2");
    expect(first.body.pagination).toEqual({
      total: 5,
      page: 1,
      limit: 2,
      totalPages: 3,
      nextCursor: expect.any(String),
    });
    const seen: string[] = [];
    let answer = first;
    for (;;) {
      seen.push(...(answer.body.leads as { id: string }[]).map((lead) => lead.id));
      const { nextCursor } = answer.body.pagination as { nextCursor: string | null };
      if (nextCursor === null) break;
      answer = await call("GET", `/v1/leads?limit=2&cursor=${nextCursor}`);
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
    const last = await call("GET", "/v1/leads?page=3&limit=2");
    expect((last.body.leads as { id: string }[]).map((lead) => lead.id)).toEqual([seen[4]]);
    expect(last.body.pagination).toMatchObject({ nextCursor: null });
  });

  test("sorted by name or company, pages by cursor give each lead once, those without a name first", async () => {
    const { workspaceId, call } = await api.workspace();
    const people = [
      { firstName: "Ada", lastName: "lovelace", company: "Engines" },
      { firstName: "Grace", lastName: "Hopper", company: null },
      { firstName: "Edsger", lastName: null, company: "engines" },
      { firstName: null, lastName: null, company: "Zeta" },
      { firstName: "Alan", lastName: "Hopper", company: "Alpha" },
    ];
    for (const { firstName, lastName, company } of people) {
      const id = await makeLead(api.db, workspaceId);
      await api.db.query(
        "update lead set first_name = $3, last_name = $4, company = $5 where workspace_id = $1 and id = $2",
        [workspaceId, id, firstName, lastName, company],
      );
    }
    const read = async (query: string) => {
      const seen: Record<string, string | null>[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const { status, body } = await call("GET", `/v1/leads?limit=2&${query}${cursor && `&cursor=${cursor}`}`);
        expect(status).toBe(200);
        seen.push(...(body.leads as Record<string, string | null>[]));
        cursor = (body.pagination as { nextCursor: string | null }).nextCursor;
      }
      return seen;
    };
    const up = await read("sort=name");
    expect(up.map(({ firstName }) => firstName)).toEqual([null, "Edsger", "Grace", "Alan", "Ada"]);
    expect((await read("sort=name&order=desc")).map(({ id }) => id)).toEqual(up.map(({ id }) => id).reverse());
    expect((await read("sort=company")).map(({ company }) => company)).toEqual([
      null,
      "Alpha",
      "Engines",
      "engines",
      "Zeta",
    ]);
    expect((await read("order=asc")).map(({ firstName }) => firstName)).toEqual(
      people.map(({ firstName }) => firstName),
    );
    expect((await call("GET", "/v1/leads?sort=phone")).status).toBe(400);
    expect((await call("GET", "/v1/leads?cursor=lead_nonsense")).status).toBe(400);
  });

  test("filters by status and tag; a status that there isn't is refused by name", async () => {
    const { workspaceId, call } = await api.workspace();
    const leadId = await makeLead(api.db, workspaceId);
    await makeLead(api.db, workspaceId);
    await call("PATCH", `/v1/leads/${leadId}`, { tags: ["vip"], status: "DONE" });
    for (const query of ["status=DONE", "tag=vip"]) {
      const { body } = await call("GET", `/v1/leads?${query}`);
      expect(body).toMatchObject({ leads: [{ id: leadId }], pagination: { total: 1 } });
    }
    const wrong = await call("GET", "/v1/leads?status=HAPPY");
    expect(wrong.body).toMatchObject({ code: "invalid_request", details: [{ field: "status" }] });
  });
});

describe("PATCH /v1/leads/{id}", () => {
  test("changes, empties, merges and deletes what is given, and normalises addresses", async () => {
    const { workspaceId, call } = await api.workspace();
    const leadId = await makeLead(api.db, workspaceId, { firstName: "Ann" });
    await call("PATCH", `/v1/leads/${leadId}`, { plan: "pro", custom: { topic: "x" }, tags: ["a", "b"] });
    const { status, body } = await call("PATCH", `/v1/leads/${leadId}`, {
      ...{ firstName: null, email: "NEW@Example.com", timeZone: "europe/berlin", linkedinUrl: null },
      ...{ plan: null, custom: { topic: "y", size: 9 }, tags: { add: ["c"], remove: ["a"] } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ firstName: null, email: "new@example.com", timeZone: "Europe/Berlin", linkedinUrl: null },
      ...{ custom: { topic: "y", size: "9" }, tags: ["b", "c"] },
    });
    expect((await call("GET", `/v1/leads/${leadId}`)).body).toEqual(body);
  });

  test("an address of another lead is 409, with the field and that lead's ID", async () => {
    const { workspaceId, call } = await api.workspace();
    const other = await makeLead(api.db, workspaceId, { email: "taken@example.com" });
    const leadId = await makeLead(api.db, workspaceId);
    const { status, body } = await call("PATCH", `/v1/leads/${leadId}`, { title: "X", email: "taken@example.com" });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: "conflict",
      details: [{ field: "email", reason: expect.stringContaining(other) }],
    });
    expect((await call("GET", `/v1/leads/${leadId}`)).body.title).toBeNull();
  });

  test("what can't be is refused and leaves the lead as it was", async () => {
    const { workspaceId, call } = await api.workspace();
    const leadId = await makeLead(api.db, workspaceId);
    const before = (await call("GET", `/v1/leads/${leadId}`)).body;
    const bad = [
      [{ linkedinUrl: null, phone: null, email: "" }, "linkedinUrl"],
      [{ phone: "12" }, "phone"],
      [{ timeZone: "+02:00" }, "timeZone"],
      [{ id: unknownLead }, "id"],
      [{ "bad key!": "x" }, "bad key!"],
      [{ tags: Array.from({ length: 51 }, (_, n) => `t${n}`) }, "tags"],
      [{ status: "HAPPY" }, "status"],
    ] as const;
    for (const [change, field] of bad) {
      const { status, body } = await call("PATCH", `/v1/leads/${leadId}`, change);
      expect([field, status, (body.details as { field: string }[])?.[0]?.field]).toEqual([field, 400, field]);
    }
    expect((await call("GET", `/v1/leads/${leadId}`)).body).toEqual(before);
  });

  test("custom fields over several changes stay within the limit", async () => {
    const { workspaceId, call } = await api.workspace();
    const leadId = await makeLead(api.db, workspaceId);
    const custom = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, n) => [`k${from + n}`, "v"]));
    expect((await call("PATCH", `/v1/leads/${leadId}`, { custom: custom(0, 50) })).status).toBe(200);
    expect((await call("PATCH", `/v1/leads/${leadId}`, { custom: { k50: "v" } })).status).toBe(400);
    expect((await call("PATCH", `/v1/leads/${leadId}`, { custom: { k50: "v", k0: null } })).status).toBe(200);
  });

  test("a status is recorded as lead.updated with its note, once, and its deliveries are woken", async () => {
    const { workspaceId, call } = await api.workspace();
    await makeDestination(api.db, workspaceId);
    const leadId = await makeLead(api.db, workspaceId);
    api.woken.length = 0;
    const change = { status: "MEETING_BOOKED", note: "Tuesday" };
    const { body } = await call("PATCH", `/v1/leads/${leadId}/status`, change);
    expect(body).toEqual({ success: true, leadId, previousStatus: "PENDING", status: "MEETING_BOOKED" });
    expect(api.woken).toEqual(["delivery", "planner"]);
    await call("PATCH", `/v1/leads/${leadId}/status`, change);
    const { rows } = await api.db.query<{ data: string }>("select data from event where workspace_id = $1", [
      workspaceId,
    ]);
    expect(rows.map((row) => JSON.parse(row.data))).toEqual([
      expect.objectContaining({ leadId, newStatus: "MEETING_BOOKED", changedBy: "api", note: "Tuesday" }),
    ]);
  });
});

test("a lead of another workspace is as unknown as one that was never there", async () => {
  const { call } = await api.workspace();
  const { workspaceId } = await api.workspace();
  const theirs = await makeLead(api.db, workspaceId);
  for (const id of [theirs, unknownLead, "x"]) {
    const answers = [
      await call("GET", `/v1/leads/${id}`),
      await call("PATCH", `/v1/leads/${id}`, { firstName: "X" }),
      await call("PATCH", `/v1/leads/${id}/status`, { status: "DONE" }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code, body.message]).toEqual([
        404,
        "not_found",
        `There is no lead ${id} in this workspace.`,
      ]);
    }
  }
});

describe("POST /v1/leads/import", () => {
  const csv = { "content-type": "text/csv" };

  test("imports the body as CSV, enrolls it, and reports every row", async () => {
    const { workspaceId, call } = await api.workspace();
    const campaignId = await makeCampaign(api.db, workspaceId, {
      senderIds: [],
      leadIds: [],
      steps: [{ channel: "email" }],
    });
    const file = "First Name,Email\nAnn,ann@example.com\nBob,bob\nAnn,ann@example.com\n";
    api.woken.length = 0;
    const { status, body } = await call("POST", `/v1/leads/import?campaignId=${campaignId}`, file, csv);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      rows: 3,
      added: 1,
      duplicates: 1,
      rejected: 1,
      enrolled: 1,
      errors: [{ line: 3, field: "email" }],
    });
    expect(body).toMatchObject({
      duplicateRows: [{ line: 4, field: "email", leadId: expect.stringMatching(/^lead_/) }],
    });
    expect(api.woken).toContain("planner");
  });

  test("the body may be larger than the JSON limit, and come in chunks of unknown number", async () => {
    const { workspaceId, call } = await api.workspace();
    const { secret } = await createApiKey(api.db, workspaceId, { name: "import", scopes: ["send"] });
    const filler = "x".repeat(1_000);
    const status = await new Promise<number | undefined>((done, fail) => {
      const headers = { ...csv, "x-api-key": secret, "transfer-encoding": "chunked" };
      const upload = request(`${api.url}/v1/leads/import`, { method: "POST", headers }, (response) => {
        response.resume().on("end", () => done(response.statusCode));
      });
      upload.on("error", fail);
      upload.write("email,notes\n");
      for (let n = 0; n < 2_000; n++) upload.write(`a${n}@example.com,${filler}\n`);
      upload.end();
    });
    expect(status).toBe(200);
    expect((await call("GET", "/v1/leads?limit=1")).body).toMatchObject({ pagination: { total: 2_000 } });
  });

  test("a file without addresses is refused with the reason, though most of it was never read", async () => {
    const { call } = await api.workspace();
    const { status, body } = await call("POST", "/v1/leads/import", `name\n${"Ann\n".repeat(500_000)}`, csv);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
    expect(body.message).toContain("No column with addresses");
  });

  test("an Idempotency-Key, which many clients send with each POST, is no matter: sent again, the rows are duplicates", async () => {
    const { call } = await api.workspace();
    const send = () =>
      call("POST", "/v1/leads/import", "email\na@example.com\n", { ...csv, "idempotency-key": "import-1" });
    expect(await send()).toMatchObject({ status: 200, body: { added: 1, duplicates: 0 } });
    expect(await send()).toMatchObject({ status: 200, body: { added: 0, duplicates: 1 } });
  });

  test("an unknown campaign, JSON in place of a file, and a file without a type are refused", async () => {
    const { call } = await api.workspace();
    const unknown = await call("POST", "/v1/leads/import?campaignId=camp_x", "email\na@example.com\n", csv);
    expect(unknown.status).toBe(404);
    // What clients send as JSON by habit may be a CSV file all the same: its name is what is wrong.
    for (const [body, type] of [
      [{ leads: [] }, "application/json"],
      ["email\n", "application/json"],
      ["email\n", "image/png"],
    ] as const)
      expect(await call("POST", "/v1/leads/import", body, { "content-type": type })).toMatchObject({
        ...{ status: 415, body: { message: expect.stringContaining("content-type: text/csv") } },
      });
    expect((await call("GET", "/v1/leads")).body).toMatchObject({ pagination: { total: 0 } });
  });
});
