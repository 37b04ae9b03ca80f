import { expect, test } from "vitest";
import { cellOf } from "../../server/src/domain/csv-text.ts";
import { readLeads } from "../../server/src/sources/csv.ts";
import { guessTargets, headerFor } from "../src/pages/leads/column-guess.ts";
import { lookAt, shownCell, withHeader } from "../src/pages/leads/csv.ts";

/** Who the server reads out of the file that the page sends. */
async function sent(bytes: Uint8Array | string) {
  const file = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const look = (await lookAt(file))!;
  const targets = guessTargets(look.header, look.rows);
  const body = withHeader(file, look, headerFor(look.header, targets));
  const leads = [];
  const rejected = [];
  for await (const batch of readLeads(body.stream() as never)) {
    leads.push(...batch.rows.map(({ line, lead }) => ({ line, name: lead.firstName, custom: lead.custom })));
    rejected.push(...batch.rejected);
  }
  return { look, leads, rejected };
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
const plain = "Prénom,Email,Plan\nAda,ada@example.com,é\n";

test.each([
  ["UTF-8", plain, 2],
  ["UTF-8 with its mark", `\ufeff${plain}`, 2],
  ["UTF-16, as Excel writes it", utf16(plain.replaceAll(",", "\t").replaceAll("\n", "\r\n")), 2],
  ["UTF-16, the other way round", utf16(plain).swap16(), 2],
  ["sep= in the first line", `sep=;\r\n${plain.replaceAll(",", ";")}`, 3],
  ["| between values", `sep=|\n${plain.replaceAll(",", "|")}`, 3],
  ["blank lines before the header", `\n,,\n${plain}`, 4],
  ["line ends of old", plain.replaceAll("\n", "\r"), 2],
])("%s: the server reads what the page has shown", async (_, file, line) => {
  const { look, leads, rejected } = await sent(file);
  expect(look.header).toEqual(["Prénom", "Email", "Plan"]);
  expect(look.rows).toEqual([["Ada", "ada@example.com", "é"]]);
  expect(rejected).toEqual([]);
  expect(leads).toEqual([{ line, name: "Ada", custom: { plan: "é" } }]);
});

test("a header that isn't UTF-8 costs no letter of the first person", async () => {
  const { leads } = await sent(Buffer.from("Soci\xe9t\xe9,First name,Email\nAcme,Ada,ada@example.com\n", "latin1"));
  expect(leads).toMatchObject([{ name: "Ada" }]);
});

test("what the page calls a custom field is one, under a name of its own", async () => {
  const { leads, rejected } = await sent(
    "LinkedIn,URL,Email,Email work,Название,Job role,CRM,crm\nlinkedin.com/in/ada,https://acme.example,ada@example.com,a@acme.example,x,CEO,y,z\n",
  );
  expect(rejected).toEqual([]);
  const custom = { url: "https://acme.example", emailWork: "a@acme.example", column5: "x", jobRole: "CEO" };
  expect(leads[0]!.custom).toEqual({ ...custom, crm: "y", crm2: "z" });
});

test.each([
  ["Close date", "2026-01-05", "custom"],
  ["Signed", "05.01.2026", "custom"],
  ["Signed", "2026 01 05", "custom"],
  ["Company ID", "2025550143", "custom"],
  ["companyId", "202-555-0143", "custom"],
  ["Created", "1767571200", "custom"],
  ["Revenue", "125000.50", "custom"],
  ["Reach me", "+1 202 555 0143", "phone"],
  ["Reach me", "(202) 555-0143", "phone"],
  ["Contact number", "+12025550143", "phone"],
  ["Mobile number", "2025550143", "phone"],
  ["Téléphone", "06 12 34 56 78", "phone"],
])("a column %s with %s is guessed as %s", (name, value, target) => {
  expect(guessTargets(["Email", name], [["ada@example.com", value]])).toEqual(["email", target]);
});

test("columns are known in the languages that address books are exported in", () => {
  expect(guessTargets(["Vorname", "Unternehmen", "Telefonnummer", "Zeitzone", "Straße"], [])).toEqual([
    ...["firstName", "company", "phone", "timeZone", "custom"],
  ]);
  expect(guessTargets(["Prénom", "Société", "Adresse e-mail", "Correo electrónico"], [])).toEqual([
    ...["firstName", "company", "email", "custom"],
  ]);
});

test.each(["=cmd|'/c calc'!A1", " =1+1", "\u00a0@SUM(1)", "\uff1d1", "+1", "-1", "\t=1", "\n=1"])(
  "a rejected row's %j is no formula in the file that the page saves, as in the server's",
  (text) => {
    expect(shownCell(text).replace(/^"|"$/g, "")).toBe(cellOf(text));
    expect(cellOf(text)).toBe(`'${text}`);
  },
);
