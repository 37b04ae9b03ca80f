/** As much of SOQL as is asked for: `select a, b from T where x = 'y' and (p in (...) or q = true) order by z desc limit 1`. */

export type SoqlRow = Readonly<Record<string, unknown>>;
export type SoqlAnswer = { ok: true; rows: Record<string, unknown>[] } | { ok: false; code: string; message: string };

interface Table {
  rows: readonly SoqlRow[];
  columns: readonly string[];
  /** May be selected, but is no condition. */
  unfiltered?: readonly string[];
}

type Test = (row: SoqlRow) => boolean;
class Malformed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Rows are in the order in which they were created. */
export function soql(text: string, tables: Readonly<Record<string, Table>>): SoqlAnswer {
  const match =
    /^\s*select (.+?) from (\w+)(?: where (.+?))?(?: order by CreatedDate( desc)?)?(?: limit (\d+))?\s*$/is.exec(text);
  if (!match) return { ok: false, code: "MALFORMED_QUERY", message: `unexpected token: ${text.slice(0, 80)}` };
  const [, selected = "", name = "", where, desc, limit] = match;
  const table = tables[name];
  if (!table) return { ok: false, code: "INVALID_TYPE", message: `sObject type '${name}' is not supported.` };
  try {
    const columns = selected.split(",").map((column) => known(table, column.trim(), name));
    const test = where === undefined ? () => true : parse(where, table, name);
    let rows = table.rows.filter(test);
    if (desc) rows = rows.toReversed();
    if (limit) rows = rows.slice(0, Number(limit));
    return { ok: true, rows: rows.map((row) => nested(columns, row)) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

function known(table: Table, column: string, name: string): string {
  if (table.columns.includes(column)) return column;
  throw new Malformed("INVALID_FIELD", `No such column '${column}' on entity '${name}'.`);
}

/** `Account.Name` is a record within the record. */
function nested(columns: readonly string[], row: SoqlRow): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const column of columns) {
    const [first, second] = column.split(".");
    const value = row[column] ?? null;
    if (second === undefined) result[column] = value;
    else result[first!] = value === null ? null : { [second]: value };
  }
  return result;
}

const token = /\s*('(?:[^'\\]|\\.)*'|[()=,]|[\w.-]+)/gy;

function parse(where: string, table: Table, name: string): Test {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < where.trimEnd().length) {
    const found = token.exec(where);
    if (!found) throw new Malformed("MALFORMED_QUERY", `unexpected token in: ${where.slice(0, 200)}`);
    tokens.push(found[1]!);
  }
  let at = 0;
  const take = (expected?: string): string => {
    const next = tokens[at++];
    if (next === undefined || (expected !== undefined && next.toLowerCase() !== expected))
      throw new Malformed("MALFORMED_QUERY", `unexpected token: '${next ?? "end"}'`);
    return next;
  };
  const is = (word: string) => tokens[at]?.toLowerCase() === word;
  const either = (): Test => {
    const parts = [both()];
    while (is("or")) {
      at++;
      parts.push(both());
    }
    return (row) => parts.some((part) => part(row));
  };
  const both = (): Test => {
    const parts = [one()];
    while (is("and")) {
      at++;
      parts.push(one());
    }
    return (row) => parts.every((part) => part(row));
  };
  const one = (): Test => {
    if (is("(")) {
      at++;
      const inner = either();
      take(")");
      return inner;
    }
    const column = known(table, take(), name);
    if (table.unfiltered?.includes(column))
      throw new Malformed("INVALID_FIELD", `field '${column}' can not be filtered in a query call`);
    if (is("=")) {
      at++;
      const value = literal(take());
      return (row) => same(row[column], value);
    }
    if (is("like")) {
      at++;
      const parts = String(literal(take()))
        .split("%")
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      const pattern = new RegExp(`^${parts.join(".*")}$`, "is");
      return (row) => typeof row[column] === "string" && pattern.test(row[column]);
    }
    take("in");
    take("(");
    const values = [literal(take())];
    while (is(",")) {
      at++;
      values.push(literal(take()));
    }
    take(")");
    return (row) => values.some((value) => same(row[column], value));
  };
  const test = either();
  if (at < tokens.length) throw new Malformed("MALFORMED_QUERY", `unexpected token: '${tokens[at]}'`);
  return test;
}

function literal(text: string): unknown {
  if (text.startsWith("'")) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  throw new Malformed("MALFORMED_QUERY", `unexpected token: '${text}'`);
}

/** Texts are compared without regard to case. */
const same = (a: unknown, b: unknown) =>
  typeof a === "string" && typeof b === "string" ? a.toLowerCase() === b.toLowerCase() : (a ?? null) === b;
