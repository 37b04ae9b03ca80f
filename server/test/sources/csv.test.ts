import { createReadStream, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CsvBatch, CsvOptions } from "../../src/sources/csv.ts";
import { readLeads } from "../../src/sources/csv.ts";

async function* chunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(file: string | Uint8Array, options: CsvOptions & { size?: number } = {}) {
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  return collect(readLeads(chunks(bytes, options.size ?? 65_536), options));
}
async function collect(stream: AsyncIterable<CsvBatch>) {
  const batches: CsvBatch[] = [];
  for await (const batch of stream) batches.push(batch);
  return {
    batches,
    rows: batches.flatMap((batch) => batch.rows),
    leads: batches.flatMap((batch) => batch.rows.map((row) => row.lead)),
    rejected: batches.flatMap((batch) => batch.rejected),
  };
}

describe("the header", () => {
  test.each([
    ["First Name,LAST_NAME,Company Name,Job Title,LinkedIn,Mobile,E-mail,Time Zone,Tags,External ID"],
    ["firstName,lastName,company,title,linkedinUrl,phone,email,timeZone,tags,externalLeadId"],
    [" given-name ,Surname,Organisation,Position,Profile URL,Phone Number,E-Mail Address,tz,labels,CRM ID"],
    [
      '"First Name","Last Name","Employer","Role","Person Linkedin Url","Cell Phone","Work Email","Timezone","Tag","crm_id"',
    ],
  ])("%s is understood", async (header) => {
    const row = "Jane,Doe,Acme,CEO,linkedin.com/in/jane,+1 202 555 0143,jane@example.com,Europe/Berlin,a;b|c,77";
    const { leads } = await read(`${header}\n${row}\n`);
    expect(leads).toEqual([
      {
        firstName: "Jane",
        lastName: "Doe",
        company: "Acme",
        title: "CEO",
        linkedinUrl: "https://www.linkedin.com/in/jane",
        phone: "+12025550143",
        email: "jane@example.com",
        timeZone: "Europe/Berlin",
        externalLeadId: "77",
        profile: null,
        tags: ["a", "b", "c"],
        custom: {},
      },
    ]);
  });

  test("a column that says that it is custom is it, whatever its name alone would mean", async () => {
    const { leads } = await read(
      "custom:URL,linkedinUrl,custom:jobRole\nhttps://acme.example,linkedin.com/in/jane,CEO\n",
    );
    expect(leads[0]).toMatchObject({ title: null, custom: { URL: "https://acme.example", jobRole: "CEO" } });
    await expect(read("email,custom:title\na@example.com,x\n")).rejects.toThrow("is a field of every lead");
  });

  test("unknown columns become custom fields in camel case, and columns without a name are left out", async () => {
    const { leads } = await read(
      "email,Favourite topic,planName,CRM,seats-2025,,Über uns\na@example.com,tea,team,x,5,zzz,we\n",
    );
    expect(leads[0]!.custom).toEqual({
      favouriteTopic: "tea",
      planName: "team",
      crm: "x",
      seats2025: "5",
      uberUns: "we",
    });
  });

  test.each([
    ["the same field twice", "Email,E-mail\na@b.example,\n", /"Email" and "E-mail" both mean email/],
    ["the same custom field twice", "email,My plan,my_plan\n", /"My plan" and "my_plan" both mean myPlan/],
    ["no address", "First name,Plan\nJane,team\n", /No column with addresses.*linkedinUrl, phone or email/],
    ["data in place of names", "Jane,jane@example.com\n", /.*/],
    ["a name that can't be a key", "email,名前\n", /"名前" needs a name/],
    ["a field's name beside other letters", "email,Phone 電話\n", /"Phone 電話" needs a name/],
    ["a broken quote", 'email,"plan\na@b.example,x\n', /header can't be read/],
    ["too many columns", `email${",".repeat(200)}\n`, /more than 200 columns/],
    [
      "too many custom columns",
      `email,${Array.from({ length: 51 }, (_, i) => `c${i}`).join()}\n`,
      /more than 50 custom columns/,
    ],
    ["nothing", "", /empty/],
    ["nothing but blank lines", "\r\n\r\n,,\r\n", /empty/],
  ])("%s is refused for the whole file", async (_, file, message) => {
    await expect(read(file)).rejects.toMatchObject({ name: "HeraldError", code: "invalid_request" });
    await expect(read(file)).rejects.toThrow(message);
  });

  test.each([
    [",", "email,plan,note\na@example.com,team,one;two\n"],
    [";", "email;plan;note\na@example.com;team;one,two\n"],
    ["\t", "email\tplan\tnote\na@example.com\tteam\tone;two\n"],
    ["|", "email|plan|note\na@example.com|team|one,two\n"],
    ["| named", "sep=|\nemail|plan|note\na@example.com|team|x\n"],
    ["; named by Excel", "sep=;\r\nemail;plan;note\r\na@example.com;team;x\r\n"],
    ["; with commas in a quoted name", '"plan, or tier, or level";email;note\nteam;a@example.com;x\n'],
    [", after blank lines", "\n\nemail,plan,note\na@example.com,team,x\n"],
  ])("the delimiter %s is recognised", async (_, file) => {
    const { leads, rejected } = await read(file);
    expect([leads.length, leads[0]?.email, Object.keys(leads[0]?.custom ?? {}).length, rejected]).toEqual([
      1,
      "a@example.com",
      2,
      [],
    ]);
  });

  test("a file of one column needs no delimiter", async () => {
    expect((await read("email\na@example.com\n\nb@example.com")).leads.map((lead) => lead.email)).toEqual([
      "a@example.com",
      "b@example.com",
    ]);
  });
});

describe("rows", () => {
  test("a bad row is rejected alone, with its line, its field, the reason and its text", async () => {
    const { leads, rejected } = await read(
      'email,phone,note\na@example.com,,"x\ny"\nb@example.com,12,\n,,z\nc@example.com,,\n',
    );
    expect(leads.map((lead) => lead.email)).toEqual(["a@example.com", "c@example.com"]);
    expect(rejected).toEqual([
      { line: 4, field: "phone", reason: expect.stringContaining("country code"), raw: "b@example.com,12," },
      { line: 5, field: "linkedinUrl", reason: expect.stringContaining("at least one of"), raw: ",,z" },
    ]);
  });

  test.each([
    ["too many values", "a@example.com,x,y,z", /4 values.*3 columns/],
    ["a broken quote", 'a@example.com,"x,y', /quote on this line/],
    ["more than 65,536 characters", `a@example.com,${"x".repeat(70_000)},y`, /more than 65,536/],
    ["a NUL", "a@example.com,x\0,y", /NUL/],
  ])("a row with %s is rejected, and those around it are read", async (_, row, reason) => {
    const { leads, rejected } = await read(`email,one,two\nfirst@example.com,,\n${row}\nlast@example.com,,\n`);
    expect(leads.map((lead) => lead.email)).toEqual(["first@example.com", "last@example.com"]);
    expect(rejected).toMatchObject([{ line: 3, reason: expect.stringMatching(reason) }]);
    expect(rejected[0]!.raw.length).toBeLessThanOrEqual(200);
    expect(rejected[0]!.raw).not.toContain("\0");
  });

  test("the text of a rejected row can be stored though it was cut inside a character", async () => {
    const { rejected } = await read(`email,one\nbad,${"x".repeat(195)}🧵\n`);
    expect(rejected[0]!.raw).toHaveLength(200);
    expect(rejected[0]!.raw.isWellFormed()).toBe(true);
  });

  test("values that are missing at a row's end are empty, as spreadsheets leave them out", async () => {
    const { leads, rejected } = await read("email,first name,tags,plan\na@example.com,Ada\nb@example.com\n,Bob\n");
    expect(leads).toMatchObject([
      { email: "a@example.com", firstName: "Ada", tags: [], custom: {} },
      { email: "b@example.com", firstName: null, tags: [], custom: {} },
    ]);
    expect(rejected).toMatchObject([{ line: 4, reason: expect.stringContaining("at least one of") }]);
  });

  test("the lines of a note whose quote is broken become no leads, though one of them is an address", async () => {
    const { leads, rejected } = await read(
      'email,note,plan\na@example.com,"He said "call me"\nsomebody@example.com\nor so",x\nb@example.com,,\nc@example.com\n',
    );
    expect(leads.map((lead) => lead.email)).toEqual(["b@example.com", "c@example.com"]);
    expect(rejected).toMatchObject([
      { line: 2, reason: expect.stringMatching(/quote on this line/) },
      { line: 3, reason: expect.stringMatching(/1 values.*3 columns; it may be the rest of line 2/) },
      { line: 4, reason: expect.stringMatching(/rest of line 2/) },
    ]);
  });

  test("blank rows and surplus empty values are nothing wrong", async () => {
    const { leads, rejected } = await read("email,one\n,\na@example.com,x,,\n  ,  \n\n");
    expect([leads.length, rejected]).toEqual([1, []]);
  });

  test("a wrong time zone is a warning, and the lead goes in without one", async () => {
    const { rows } = await read("email,time zone\na@example.com,EST\n");
    expect(rows).toMatchObject([{ line: 2, lead: { timeZone: null }, warnings: [{ field: "timeZone" }] }]);
  });

  test("numbers without a country code take the default country", async () => {
    expect((await read("phone\n(202) 555-0143\n", { defaultCountry: "US" })).leads[0]!.phone).toBe("+12025550143");
  });

  test("batches have at most batchSize rows, good and bad together, and say how far the file was read", async () => {
    const file = `email\n${"a@example.com\nbad\n".repeat(5)}`;
    const { batches } = await read(file, { batchSize: 4 });
    expect(batches.map((batch) => [batch.rows.length, batch.rejected.length])).toEqual([
      [2, 2],
      [2, 2],
      [1, 1],
    ]);
    expect(batches.at(-1)!.bytesRead).toBe(file.length);
  });

  test("the file is read as batches are taken, not ahead of them", async () => {
    let pulled = 0;
    async function* endless() {
      yield Buffer.from("email\n");
      for (;;) {
        pulled += 1;
        yield Buffer.from("a@example.com\n".repeat(1_000));
      }
    }
    for await (const batch of readLeads(endless())) {
      if (batch.rows[0]!.line > 5_000) break;
    }
    expect(pulled).toBeLessThan(40);
  });
});

describe("encodings", () => {
  const text = "email,First Name\na@example.com,Amélie 🧵\n";
  const littleEndian = Buffer.from(`\ufeff${text}`, "utf16le");
  test.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with BOM", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little endian", littleEndian],
    ["UTF-16, big endian", Buffer.from(littleEndian).swap16()],
  ])("%s is read, in chunks of any size", async (_, bytes) => {
    for (const size of [1, 2, 3, 5, 1_000]) {
      const { leads } = await read(bytes, { size });
      expect(leads).toMatchObject([{ email: "a@example.com", firstName: "Amélie 🧵" }]);
    }
  });

  test("a row in another encoding is rejected, and those around it are read", async () => {
    const file = Buffer.concat([
      Buffer.from("email,name\na@example.com,Zoë\n"),
      Buffer.from("b@example.com,Zo\xeb\n", "latin1"),
      Buffer.from("c@example.com,Zoë\n"),
    ]);
    const { leads, rejected } = await read(file);
    expect(leads.map((lead) => lead.email)).toEqual(["a@example.com", "c@example.com"]);
    expect(rejected).toMatchObject([{ line: 3, reason: expect.stringContaining("CSV UTF-8") }]);
  });

  test("a character that the end of the file cuts off is not swallowed", async () => {
    const { rejected } = await read(Buffer.concat([Buffer.from("email,name\na@example.com,Zo"), Buffer.from([0xc3])]));
    expect(rejected).toMatchObject([{ line: 2, reason: expect.stringContaining("CSV UTF-8") }]);
  });

  test.each([
    ["an Excel workbook", Buffer.from("PK\x03\x04aaaa"), /Excel workbook/],
    ["an old Excel workbook", Buffer.from("d0cf11e0a1b1", "hex"), /old Excel workbook/],
    ["a gzip", Buffer.from("1f8b0800", "hex"), /compressed/],
    ["UTF-16 without a byte order mark", Buffer.from("email\n", "utf16le"), /not UTF-8/],
  ])("%s is refused by name", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });
});

test("the example file has 60 people, one of them twice, and five rows that are rejected with their lines", async () => {
  const path = new URL("../../../examples/leads.csv", import.meta.url);
  const { rows, leads, rejected } = await collect(readLeads(createReadStream(path)));
  expect(leads).toHaveLength(61);
  for (const field of ["linkedinUrl", "phone", "email"] as const) {
    expect(new Set(leads.map((lead) => lead[field])).size).toBe(60);
    expect(leads.every((lead) => lead[field] !== null)).toBe(true);
  }
  expect(
    leads.every((lead) => lead.firstName && lead.company && lead.title && lead.custom.plan && lead.custom.topic),
  ).toBe(true);
  expect(leads.every((lead) => /@example\.(com|org|net)$/.test(lead.email!))).toBe(true);
  expect(rejected.map((row) => [row.line, row.field])).toEqual([
    [11, "linkedinUrl"],
    [22, "phone"],
    [34, "email"],
    [41, undefined],
    [48, "linkedinUrl"],
  ]);
  expect(rows.filter((row) => row.warnings.length > 0).map((row) => [row.line, row.lead.timeZone])).toEqual([
    [32, null],
  ]);
  expect(leads.some((lead) => lead.custom.topic!.includes("\n"))).toBe(true);
  // What files from spreadsheets have, and what git would take away: a byte order mark, and rows that end in CRLF.
  const text = readFileSync(path, "utf8");
  expect(text[0]).toBe("\ufeff");
  expect(text.replaceAll(/"first line[^"]*"/g, "")).not.toMatch(/(?<!\r)\n/);
});

test("whatever the bytes, each row is read or rejected on a line of the file, and chunks don't matter", async () => {
  const piece = fc.constantFrom("a@example.com", '"', ",", "\n", "\r\n", "x", "\u00e9", "\0", " ");
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (list, size) => {
      const file = `email,one,two\n${list.join("")}`;
      const whole = await read(file);
      const lines = file.split(/\r\n|\n/).length;
      for (const { line } of [...whole.rows, ...whole.rejected]) expect(line > 1 && line <= lines).toBe(true);
      const { batches: _, ...parts } = await read(file, { size });
      expect(parts).toEqual({ rows: whole.rows, leads: whole.leads, rejected: whole.rejected });
    }),
  );
});
