import { HeraldError } from "../domain/error.ts";
import { customKeyProblem, leadLimits, type NormalisedLead } from "../domain/lead.ts";

/** Where a column's values go: a field of the lead, a custom field, or nowhere (a column without a name). */
export type Column = { field: Exclude<keyof NormalisedLead, "custom"> } | { custom: string } | null;

/** Names that columns have in the exports of CRMs and prospecting tools, without case, spaces and punctuation. */
const synonyms: { readonly [F in Exclude<keyof NormalisedLead, "custom">]: readonly string[] } = {
  firstName: ["firstname", "first", "givenname", "forename"],
  lastName: ["lastname", "last", "surname", "familyname"],
  company: [
    "company",
    "companyname",
    "organization",
    "organisation",
    "organizationname",
    "account",
    "accountname",
    "employer",
  ],
  title: ["title", "jobtitle", "position", "role", "jobrole"],
  linkedinUrl: [
    ...["linkedinurl", "linkedin", "linkedinprofile", "linkedinprofileurl", "linkedinlink", "personlinkedinurl"],
    ...["profileurl", "url"],
  ],
  phone: ["phone", "phonenumber", "mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "telephone", "tel"],
  email: ["email", "emailaddress", "mail", "workemail", "emailwork"],
  timeZone: ["timezone", "tz"],
  externalLeadId: ["externalleadid", "externalid", "crmid"],
  profile: ["profile"],
  tags: ["tags", "tag", "labels"],
};
const fieldByName = new Map(
  Object.entries(synonyms).flatMap(([field, names]) => names.map((name) => [name, field as keyof typeof synonyms])),
);

/** More are refused: a wider table is no list of leads, and the reader's work on broken quotes grows with the width. */
const maxColumns = 200;
const expected =
  "The first line must name the columns: linkedinUrl, phone or email (at least one of them), and if you like firstName, " +
  "lastName, company, title, timeZone, externalLeadId, profile, tags. Any other column becomes a custom field; custom:NAME is " +
  "one in any case.";

function refuse(message: string): HeraldError {
  return new HeraldError("invalid_request", message, [{ field: "header", reason: message }]);
}

/**
 * Which column is which, from the header's names: `First Name`, `first_name` and `FIRSTNAME` are the same, and a
 * name that means no field becomes a custom field in camel case (`Favourite topic` is `favouriteTopic`). `custom:url` is
 * the custom field `url`, whatever `url` alone would mean.
 * @throws HeraldError `invalid_request` for a header under which no row could be read as it was meant.
 */
export function mapHeader(names: readonly string[]): Column[] {
  if (names.length > maxColumns) throw refuse(`The header has more than ${maxColumns} columns.`);
  const columns = names.map(columnOf);
  const seen = new Map<string, string>();
  for (const [index, column] of columns.entries()) {
    if (column === null) continue;
    const target = "field" in column ? column.field : column.custom;
    const earlier = seen.get(target);
    if (earlier !== undefined) {
      throw refuse(`The columns "${earlier}" and "${names[index]!.trim()}" both mean ${target}; rename or remove one.`);
    }
    seen.set(target, names[index]!.trim());
  }
  if (!["linkedinUrl", "phone", "email"].some((field) => seen.has(field))) {
    throw refuse(`No column with addresses was found. ${expected}`);
  }
  const custom = columns.filter((column) => column !== null && "custom" in column).length;
  if (custom > leadLimits.customKeys) throw refuse(`The header has more than ${leadLimits.customKeys} custom columns.`);
  return columns;
}

/** For whoever maps columns beforehand, as the dashboard does. */
const customPrefix = "custom:";

function columnOf(name: string): Column {
  if (name.trim().startsWith(customPrefix)) {
    const key = name.trim().slice(customPrefix.length);
    const problem = customKeyProblem(key);
    if (problem !== null) throw refuse(`The column "${name.trim()}": ${problem}`);
    return { custom: key };
  }
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "");
  if (name.trim() === "") return null;
  const field = fieldByName.get(plain.toLowerCase().replace(/[^a-z0-9]/g, ""));
  // A name with letters that the comparison drops ("email Größe") must not be taken for a field.
  if (field !== undefined && !/[^\P{L}a-z]/iu.test(plain)) return { field };
  const words = plain.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const key = words.map((word, index) => (index === 0 ? lowerFirst(word) : upperFirst(word))).join("");
  if (key === "" || customKeyProblem(key) !== null) {
    throw refuse(`The column "${name.trim()}" needs a name of up to ${leadLimits.customKey} letters A-Z and digits.`);
  }
  return { custom: key };
}

/** `CRM` is `crm`, `Plan` is `plan`, `planName` stays. */
function lowerFirst(word: string): string {
  return /[a-z]/.test(word) ? word[0]!.toLowerCase() + word.slice(1) : word.toLowerCase();
}

function upperFirst(word: string): string {
  return word[0]!.toUpperCase() + (/[a-z]/.test(word) ? word.slice(1) : word.slice(1).toLowerCase());
}

/** The delimiter by which the header has the most columns; the comma if there is but one. `text` begins with the header. */
export function sniffDelimiter(text: string): string {
  const counts = new Map([",", ";", "\t", "|"].map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === "\n" || character === "\r") break;
    const count = counts.get(character);
    if (count !== undefined) counts.set(character, count + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
