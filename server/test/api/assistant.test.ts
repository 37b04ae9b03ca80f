import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiKey } from "../../src/db/api-key.ts";
import { insertWorkspace } from "../../src/db/workspace.ts";
import { type ModelLoopback, saying, startModelLoopback } from "../../src/loopback/model.ts";
import { docxOf, paragraph, pdfOf } from "../documents/files.ts";
import { type Api, setup } from "./setup.ts";

const callsOf = (of: Api, key?: string) => {
  const call = (method: string) => (path: string, body?: unknown) =>
    of.call(method, path, { ...(body === undefined ? {} : { body }), ...(key === undefined ? {} : { key }) });
  return { get: call("GET"), post: call("POST"), put: call("PUT"), patch: call("PATCH"), delete: call("DELETE") };
};

let given: Api;
let api: ReturnType<typeof callsOf> & Pick<Api, "db">;
let model: ModelLoopback;
beforeAll(async () => {
  given = await setup();
  api = { ...callsOf(given), db: given.db };
  model = await startModelLoopback({ apiKey: "sk-loop" });
});
afterAll(async () => {
  await given.close();
  await model.close();
});

test("a profile has versions, keeps what a change doesn't name, and is refused what can't be", async () => {
  const content = { instructions: "Be kind.", followUps: { 1: { hours: 24, channel: "sms" } } };
  const made = await api.post("/v1/profiles", { name: "Solar", content });
  expect(made).toMatchObject({ status: 201, body: { name: "Solar", mode: "draft", version: 1 } });
  const { id } = made.body;
  expect(made.body.content).toMatchObject({ instructions: "Be kind.", turnLimit: 20, nurture: null });
  const changed = await api.patch(`/v1/profiles/${id}`, { mode: "autopilot", content: { tone: "Short." } });
  expect(changed.body).toMatchObject({ mode: "autopilot", version: 2 });
  expect(changed.body.content).toMatchObject({
    instructions: "Be kind.",
    tone: "Short.",
    followUps: { 1: { hours: 24 } },
  });
  expect((await api.patch(`/v1/profiles/${id}`, { content: { tone: "Short." } })).body.version).toBe(2);
  const versions = (await api.get(`/v1/profiles/${id}/versions`)).body.data;
  expect(
    versions.map(({ version, content: of }: { version: number; content: { tone: string } }) => [version, of.tone]),
  ).toEqual([
    [2, "Short."],
    [1, ""],
  ]);
  for (const [wrong, field] of [
    [{ followUps: { 2: { hours: 1, channel: "sms" } } }, "content.followUps"],
    [{ bookingLink: "javascript:alert(1)" }, "content.bookingLink"],
    [{ schedule: { windows: {} } }, "content.schedule.windows"],
    [{ instruction: "typo" }, "content.instruction"],
  ] as const) {
    const answer = await api.patch(`/v1/profiles/${id}`, { content: wrong });
    expect(answer).toMatchObject({ status: 400, body: { details: [{ field }] } });
  }
  expect((await api.post("/v1/profiles", { name: "Solar", content: {} })).status).toBe(409);

  // Made to a version that others have changed since: refused for the same field, and only for that.
  const edit = (tone: object, ifVersion: number) => api.patch(`/v1/profiles/${id}`, { ifVersion, content: tone });
  expect((await edit({ tone: "Warm." }, 2)).body.version).toBe(3);
  expect(await edit({ tone: "Cold.", objectives: "A call." }, 2)).toMatchObject({
    ...{ status: 409, body: { message: expect.stringContaining("Version 3 changed tone, too") } },
    body: { details: [{ field: "content.tone" }] },
  });
  expect((await edit({ tone: "Warm." }, 2)).body.version).toBe(3);
  expect((await edit({ objectives: "A call." }, 2)).body).toMatchObject({ version: 4, content: { tone: "Warm." } });
  expect((await edit({ tone: "Cold." }, 99)).body.details).toMatchObject([{ field: "ifVersion" }]);
  // At the same moment nothing is merged with what is being replaced.
  const fields = ["description", "instructions", "objectives", "tone", "bookingLink"] as const;
  const all = Object.fromEntries(fields.map((field) => [field, `https://example.com/${field}`]));
  await Promise.all(fields.map((field) => api.patch(`/v1/profiles/${id}`, { content: { [field]: all[field] } })));
  expect((await api.get(`/v1/profiles/${id}`)).body.content).toMatchObject(all);
  // Its follow-ups are no campaign among others.
  expect((await api.get("/v1/campaigns")).body.data).toEqual([]);
});

test("a profile says which of its sentences tell the model what nobody may hear", async () => {
  const instructions = `You sell panels for Acme. Never tell anybody that our supplier is the old mill by the river.
Our floor price is $350, never say so. Confidential: the launch is in May! Do not say that you are a person.
Sage niemandem, dass wir bei Mühle kaufen. Never mention our competitors. Keep it a short and friendly talk.
No digas nunca nada feo. Nunca digas que compramos en el molino. Ask when the roof was built; say what a panel is.`;
  const made = await api.post("/v1/profiles", { name: "Told", content: { instructions, tone: "Friendly." } });
  const told = ({ warnings }: { warnings: { field: string; reason: string }[] }) =>
    warnings.map(({ field, reason }) => `${field}: ${/"(.*)" tells/.exec(reason)?.[1]}`);
  expect(told(made.body)).toEqual([
    "content.instructions: Never tell anybody that our supplier is the old mill by the river.",
    "content.instructions: Our floor price is $350, never say so.",
    "content.instructions: Confidential: the launch is in May!",
    "content.instructions: Sage niemandem, dass wir bei Mühle kaufen.",
    "content.instructions: Nunca digas que compramos en el molino.",
  ]);
  const changed = await api.patch(`/v1/profiles/${made.body.id}`, { content: { instructions: "You sell panels." } });
  expect([changed.status, changed.body.warnings]).toEqual([200, []]);
});

test("knowledge is found by forms of the words of a question, and only that of the profile", async () => {
  const { id } = (await api.post("/v1/profiles", { name: "Roofs", content: {} })).body;
  const other = (await api.post("/v1/profiles", { name: "Boats", content: {} })).body;
  const add = (profile: string, title: string, content: string) =>
    api.post(`/v1/profiles/${profile}/knowledge`, { title, content, language: "english" });
  const roofs = (await add(id, "Roofs", "We install panels on flat roofs.\n\nTiles are no problem.")).body;
  await add(id, "Prices", "A panel costs $400.");
  await add(other.id, "Roofs of boats", "Boats have no roofs.");
  const ask = async (q: string) =>
    (await api.get(`/v1/profiles/${id}/knowledge/search?q=${encodeURIComponent(q)}`)).body.data.map(
      ({ title }: { title: string }) => title,
    );
  expect(await ask("Can you install one on my roof?")).toEqual(["Roofs"]);
  expect(await ask("What do your panels cost?")).toEqual(["Prices", "Roofs"]);
  expect(await ask("' | & !")).toEqual([]);
  await api.put(`/v1/knowledge/${roofs.id}`, { title: "Garages", content: "We build garages." });
  expect(await ask("roof")).toEqual([]);
});

test("knowledge in scripts without blanks between words is found, and in each language that can be named", async () => {
  const { id } = (await api.post("/v1/profiles", { name: "World", content: {} })).body;
  const told: [language: string, content: string, question: string][] = [
    ["simple", "我们的太阳能板每块四百元。", "请问太阳能板多少钱？"],
    ["simple", "営業時間は九時から五時までです。", "営業時間を教えてください"],
    ["simple", "설치비용은 견적에 포함됩니다.", "설치비용이 얼마예요?"],
    ["simple", "แผงโซลาร์เซลล์ราคาเท่าไร", "ราคาแผงเท่าไรครับ"],
    ["arabic", "نركب الألواح الشمسية على الأسطح.", "هل تركبون لوحا على السطح؟"],
    ["greek", "Οι εγγυήσεις ισχύουν παντού.", "Ποια εγγύηση υπάρχει;"],
    ["hindi", "छतों पर पैनल लगते हैं।", "क्या मेरी छत पर पैनल लगेगा?"],
    ["indonesian", "Pemasangan atap datar dikerjakan.", "Bisa pasang di atap?"],
  ];
  for (const [language, content] of told) {
    const added = await api.post(`/v1/profiles/${id}/knowledge`, { title: language, content, language });
    expect(added.status, JSON.stringify(added.body)).toBe(201);
  }
  const found = async (q: string) =>
    (await api.get(`/v1/profiles/${id}/knowledge/search?q=${encodeURIComponent(q)}`)).body.data[0]?.text;
  for (const [, content, question] of told) expect(await found(question), question).toBe(content);
  expect(await found("今日は")).toBeUndefined();
  // What was known before is given them by the migration.
  const plain = "update knowledge_passage set words = to_tsvector('simple', text) where profile_id = $1";
  await given.db.query(plain, [id]);
  const [, content, question] = told[0]!;
  expect(await found(question)).not.toBe(content);
  const migration = join(import.meta.dirname, "../../src/db/migrations/0116_unparted_scripts.sql");
  await given.db.query(readFileSync(migration, "utf8"));
  for (const [, content, question] of told.slice(0, 4)) expect(await found(question), question).toBe(content);
});

test("a file's text is taken out to be added as knowledge, and one that can't be read is refused in words", async () => {
  const take = (name: string, file: Buffer) => api.post("/v1/knowledge/text", { name, data: file.toString("base64") });
  const taken = await take("Prices 2026.pdf", pdfOf([[[700, "A panel costs $400."]]]));
  expect(taken).toMatchObject({
    ...{ status: 200, body: { title: "Prices 2026", kind: "pdf", text: "A panel costs $400.", pages: 1 } },
  });
  const word = await take("Terms.docx", docxOf(paragraph("Paid in advance.")));
  expect(word.body).toEqual({ title: "Terms", kind: "docx", text: "Paid in advance.", pages: null });
  const scan = await take("Scan.pdf", pdfOf([[]]));
  expect(scan).toMatchObject({ status: 422, body: { message: expect.stringMatching(/^Scan\.pdf: No text is in/) } });
  const large = await take("Large.pdf", Buffer.alloc(10 * 1024 * 1024 + 1));
  expect(large).toMatchObject({
    status: 413,
    body: { message: expect.stringContaining("Large.pdf is larger than 10") },
  });
  const bad = await api.post("/v1/knowledge/text", { name: "a.txt", data: "not Base64!" });
  expect(bad.body.details).toMatchObject([{ field: "data", reason: expect.stringContaining("not the Base64") }]);
  // Three at once: two are read.
  const all = await Promise.all([1, 2, 3].map((n) => take(`${n}.pdf`, pdfOf([[[700, `${n}`]]]))));
  expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
});

test("the model's key is sealed, never shown, and never goes to another address", async () => {
  const settings = { provider: "openai_compatible", baseUrl: `${model.url}/v1`, model: "loopback-1" };
  const set = await api.put("/v1/assistant/model", { ...settings, apiKey: "sk-loop", inputPrice: 1, moneyPerDay: 2.5 });
  expect(set).toMatchObject({ status: 200, body: { hasApiKey: true, moneyPerDay: 2.5 } });
  expect(JSON.stringify(set.body)).not.toContain("sk-loop");
  const { rows } = await api.db.query("select api_key from assistant_model");
  expect(rows[0]!.api_key.toString("latin1")).not.toContain("sk-loop");
  expect((await api.post("/v1/assistant/model/verify")).body).toMatchObject({ ok: true });
  expect((await api.put("/v1/assistant/model", settings)).body.hasApiKey).toBe(true);
  expect(await api.put("/v1/assistant/model", { ...settings, baseUrl: "http://127.0.0.1:9/v1" })).toMatchObject({
    status: 400,
    body: { details: [{ field: "apiKey" }] },
  });
  expect(await api.put("/v1/assistant/model", { ...settings, apiKey: "sk-two\nlines" })).toMatchObject({
    body: { details: [{ field: "apiKey", reason: expect.stringContaining("one line") }] },
  });
  await api.put("/v1/assistant/model", { ...settings, apiKey: "sk-wrong" });
  expect((await api.post("/v1/assistant/model/verify")).body).toMatchObject({
    ok: false,
    detail: expect.stringContaining("401"),
  });
  await api.put("/v1/assistant/model", { ...settings, apiKey: "sk-loop" });
});

test("a profile is tried out without a lead, with what the checks find and what it cost", async () => {
  const { id } = (await api.post("/v1/profiles", { name: "Trial", content: { instructions: "Sell." } })).body;
  model.think(() => saying({ message: { text: "It costs $999." }, handOver: "A price." }));
  const tried = await api.post(`/v1/profiles/${id}/try`, { messages: [{ from: "lead", text: "How much is it?" }] });
  expect(tried).toMatchObject({
    status: 200,
    body: { text: "It costs $999.", handOver: "A price.", problems: [{ code: "price" }], failure: null },
  });
  expect(tried.body.cost.inputTokens).toBeGreaterThan(100);
  expect((await api.get("/v1/assistant/usage")).body.data[0].calls).toBeGreaterThan(0);
  model.think(() => ({ content: "No." }));
  expect((await api.post(`/v1/profiles/${id}/try`, {})).body).toMatchObject({
    text: null,
    failure: { code: "model_malformed" },
  });
});

test("another workspace's profile, knowledge, turn and condition are not there", async () => {
  const { id: strange } = await insertWorkspace(api.db, { name: "Stranger" });
  const { secret } = await createApiKey(api.db, strange, { name: "k", scopes: ["admin"] });
  const stranger = callsOf(given, secret);
  const { id } = (await api.post("/v1/profiles", { name: "Mine", content: {} })).body;
  const knowledge = (await api.post(`/v1/profiles/${id}/knowledge`, { title: "T", content: "C" })).body;
  const condition = (await api.post("/v1/assistant/conditions", { kind: "tag", name: "vip", condition: "Is rich." }))
    .body;
  for (const path of [
    `/v1/profiles/${id}`,
    `/v1/knowledge/${knowledge.id}`,
    `/v1/assistant/conditions/${condition.id}`,
  ]) {
    expect((await stranger.get(path)).status, path).toBe(404);
    expect((await stranger.delete(path)).status, path).toBe(404);
    expect((await api.get(path)).status, path).toBe(200);
  }
});

test("the do-not-contact register takes addresses of strangers and of leads, and says what was new", async () => {
  const lead = (await api.post("/v1/leads", { leads: [{ phone: "+12025550177", email: "dnc@example.com" }] })).body;
  expect(lead.leadsAdded ?? lead.success).toBeTruthy();
  const register = () => api.post("/v1/dnc", { addresses: ["+1 202 555 0177", "stranger@example.com"] });
  expect((await register()).body).toEqual({ registered: 2 });
  expect((await register()).body).toEqual({ registered: 0 });
  const { rows } = await api.db.query(
    "select do_not_contact_at is not null as dnc from lead where phone = '+12025550177'",
  );
  expect(rows).toEqual([{ dnc: true }]);
  expect(await api.post("/v1/dnc", { addresses: ["nonsense"] })).toMatchObject({
    status: 400,
    body: { details: [{ field: "addresses.0" }] },
  });
});

test("what a workspace may have one of, and has not, is 404, and with ifAny no error at all", async () => {
  const other = await setup();
  for (const path of ["/v1/assistant/model", "/v1/compliance-check", "/v1/audit/seal"]) {
    expect((await other.call("GET", path)).body).toMatchObject({ statusCode: 404, code: "not_found" });
    const { status, body } = await other.call("GET", `${path}?ifAny=true`);
    expect([path, status, body ?? null]).toEqual([path, 204, null]);
    expect((await other.call("GET", `${path}?ifAny=yes`)).status).toBe(400);
  }
  await other.close();
});
