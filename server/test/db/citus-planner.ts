import type pg from "pg";
import { referenceTables } from "../../src/db/distribute.ts";

/**
 * What Citus 13 refuses of a statement that goes to one node, imitated on one PostgreSQL: the rules of its planner
 * (`multi_router_planner.c`: ModifyPartialQuerySupported, ErrorIfOnConflictNotSupported, ErrorIfQueryHasUnroutableModifyingCTE)
 * applied to PostgreSQL's own parse tree, and the condition that leads to one node applied to its plan.
 *
 * - Each scan of a distributed table says `workspace_id = $n`, the same $n everywhere.
 * - What an UPDATE, DELETE or INSERT assigns or tests itself has no volatile function, no stable one (now()) within CASE or
 *   COALESCE, and no stable one of a column (`at + interval`); RETURNING and ON CONFLICT have none that isn't immutable.
 *   In a subquery in FROM, or a CTE that only reads, all of these are allowed.
 * - An INSERT within WITH makes Citus run each part of WITH by itself, and then nothing may be found by its ctid.
 * - An UPDATE or DELETE that is the statement itself has no volatile function anywhere.
 */
export async function refusals(client: pg.Client, text: string): Promise<string[]> {
  const catalog = await catalogOf(client);
  const trees: string[] = [];
  const onNotice = ({ detail }: { detail?: string | undefined }) => detail !== undefined && trees.push(detail);
  client.on("notice", onNotice);
  await client.query("set client_min_messages = log; set debug_print_rewritten = on; set debug_pretty_print = off");
  try {
    await client.query(`prepare checked as ${text}`);
  } finally {
    await client.query("reset debug_print_rewritten; reset client_min_messages");
    client.off("notice", onNotice);
    await client.query("deallocate all");
  }
  const query = trees
    .flatMap((tree) => parse(tree))
    .find((node) => node.kind === "QUERY" && node.fields.commandType !== "6");
  if (!query) throw new Error(`No parse tree of ${text}`);
  return [...new Set([...new Rules(catalog).statement(query, false), ...(await elsewhere(client, text))])];
}

/** Distributed tables that the statement touches, by their relation's OID. */
interface Catalog {
  /** i, s or v, by the function's OID. */
  volatility: Map<string, string>;
  /** Input and output functions of types. */
  io: Map<string, { in: string; out: string }>;
  reference: Set<string>;
}

const catalogs = new WeakMap<pg.Client, Catalog>();
async function catalogOf(client: pg.Client): Promise<Catalog> {
  const known = catalogs.get(client);
  if (known) return known;
  const functions = await client.query<{ oid: string; v: string }>(
    "select oid::text, provolatile::text as v from pg_proc",
  );
  const types = await client.query<{ oid: string; i: string; o: string }>(
    "select oid::text, typinput::oid::text as i, typoutput::oid::text as o from pg_type",
  );
  const tables = await client.query<{ oid: string }>("select oid::text from pg_class where relname = any($1)", [
    referenceTables,
  ]);
  const catalog = {
    volatility: new Map(functions.rows.map(({ oid, v }) => [oid, v])),
    io: new Map(types.rows.map(({ oid, i, o }) => [oid, { in: i, out: o }])),
    reference: new Set(tables.rows.map(({ oid }) => oid)),
  };
  catalogs.set(client, catalog);
  return catalog;
}

interface Node {
  kind: string;
  fields: Record<string, Value>;
}
type Value = string | Node | Value[];

const isNode = (value: Value | undefined): value is Node =>
  typeof value === "object" && !Array.isArray(value) && value !== null;

/** PostgreSQL's nodeToString: `{KIND :field value ...}`, lists in parentheses, data in brackets. */
function parse(text: string): Node[] {
  const tokens = text.match(/[{}()[\]]|(?:\\.|[^\s{}()[\]\\])+/gs) ?? [];
  let at = 0;
  const value = (): Value => {
    const token = tokens[at++]!;
    if (token === "(" || token === "[") {
      const list: Value[] = [];
      while (tokens[at] !== ")" && tokens[at] !== "]") list.push(value());
      at++;
      return list;
    }
    if (token !== "{") return token;
    const node: Node = { kind: tokens[at++]!, fields: {} };
    while (tokens[at] !== "}") {
      const name = tokens[at++]!.slice(1);
      const values: Value[] = [];
      while (tokens[at] !== "}" && !tokens[at]!.startsWith(":")) values.push(value());
      node.fields[name] = values.length === 1 ? values[0]! : values;
    }
    at++;
    return node;
  };
  const found: Node[] = [];
  while (at < tokens.length) found.push(...[value()].flat(9).filter(isNode));
  return found;
}

function children(value: Value): Node[] {
  if (Array.isArray(value)) return value.flatMap((item) => (isNode(item) ? [item] : children(item)));
  if (isNode(value)) return Object.values(value.fields).flatMap((field) => (isNode(field) ? [field] : children(field)));
  return [];
}

/** Whether the node or anything below it is so, also in its subqueries. */
const within = (value: Value | undefined, is: (node: Node) => boolean): boolean =>
  value !== undefined && ((isNode(value) && is(value)) || children(value).some((child) => within(child, is)));

const nodes = (value: Value | undefined): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

const tidType = "27";

class Rules {
  readonly #catalog: Catalog;
  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** `pieces`: whether it is a part that Citus runs by itself. */
  statement(query: Node, pieces: boolean): string[] {
    const ctes = nodes(query.fields.cteList).map((cte) => cte.fields.ctequery as Node);
    const writing = ctes.filter((cte) => cte.fields.commandType !== "1");
    const broken =
      pieces || writing.some((cte) => cte.fields.commandType === "3") || writing.some((cte) => this.#reference(cte));
    const command = query.fields.commandType;
    if (command === "1")
      return writing.flatMap((cte) => (broken ? this.statement(cte, true) : this.#modification(cte)));
    const found = [...this.#modification(query)];
    if (broken) found.push(...writing.flatMap((cte) => this.statement(cte, true)));
    else found.push(...writing.flatMap((cte) => this.#modification(cte)));
    if (command !== "3" && this.#has(query, "v")) found.push("a volatile function in an UPDATE or DELETE");
    if (
      command !== "3" &&
      broken &&
      within(query.fields.jointree, (n) => n.kind === "VAR" && n.fields.vartype === tidType)
    )
      found.push("rows by ctid, in a statement that is run in pieces");
    if (command === "3" && query.fields.hasSubLinks === "true") found.push("a subquery within INSERT ... VALUES");
    if (this.#reference(query) && command !== "3" && within(query, (n) => this.#distributed(n)))
      found.push("a reference table that is changed by what distributed ones hold");
    return found;
  }

  #reference(query: Node): boolean {
    const table = nodes(query.fields.rtable)[Number(query.fields.resultRelation) - 1];
    return table !== undefined && this.#catalog.reference.has(String(table.fields.relid));
  }

  #distributed(node: Node): boolean {
    return (
      node.kind === "RANGETBLENTRY" &&
      node.fields.rtekind === "0" &&
      !this.#catalog.reference.has(String(node.fields.relid))
    );
  }

  /**
   * Citus looks at a statement's own UPDATE when PostgreSQL's planner has put simple subqueries of FROM, and CTEs that are
   * used once, in their place: what they compute counts as computed there.
   */
  #modification(given: Node): string[] {
    const query = this.#pulledUp(given);
    const found: string[] = [];
    const join = query.fields.jointree as Node;
    const assigned = query.fields.commandType === "2" ? nodes(query.fields.targetList) : [];
    for (const target of assigned) {
      const expression = target.fields.expr!;
      const column = String(target.fields.resname);
      if (this.#has(expression, "v")) found.push(`${column}: a volatile function`);
      found.push(...this.#irreducible(expression).map((what) => `${column}: ${what}`));
    }
    const condition = join.fields.quals!;
    if (this.#has(condition, "v")) found.push("where: a volatile function");
    else found.push(...this.#irreducible(condition).map((what) => `where: ${what}`));
    if (this.#has(query.fields.returningList, "sv")) found.push("returning: a function that isn't immutable");
    const conflict = query.fields.onConflict;
    if (isNode(conflict)) {
      for (const target of nodes(conflict.fields.onConflictSet))
        if (this.#has(target.fields.expr, "sv"))
          found.push(`on conflict, ${target.fields.resname}: a function that isn't immutable`);
      if (this.#has(conflict.fields.onConflictWhere, "sv") || this.#has(conflict.fields.arbiterWhere, "sv"))
        found.push("on conflict ... where: a function that isn't immutable");
    }
    return found;
  }

  #pulledUp(query: Node): Node {
    const tables = nodes(query.fields.rtable);
    const ctes = new Map(nodes(query.fields.cteList).map((cte) => [String(cte.fields.ctename), cte]));
    const simple = (table: Node | undefined): Node | undefined => {
      let inner = table?.fields.rtekind === "1" ? (table.fields.subquery as Node) : undefined;
      const cte = table?.fields.rtekind === "6" ? ctes.get(String(table.fields.ctename)) : undefined;
      // CTEMaterializeDefault, and used once.
      if (cte && cte.fields.ctematerialized === "0" && cte.fields.cterefcount === "1")
        inner = cte.fields.ctequery as Node;
      if (inner?.fields.commandType !== "1" || this.#has(inner.fields.targetList, "v")) return undefined;
      const none = (field: string) => inner.fields[field] === "<>" || inner.fields[field] === "false";
      const parts = [
        "limitCount",
        "limitOffset",
        "sortClause",
        "distinctClause",
        "groupClause",
        "havingQual",
        "setOperations",
      ];
      const flags = ["hasAggs", "hasWindowFuncs", "hasTargetSRFs", "hasForUpdate"];
      return [...parts, ...flags, "rowMarks", "cteList"].every(none) ? inner : undefined;
    };
    const replace = (value: Value): Value => {
      if (Array.isArray(value)) return value.map(replace);
      if (!isNode(value) || value.kind === "QUERY") return value;
      if (value.kind === "VAR" && value.fields.varlevelsup === "0") {
        const inner = simple(tables[Number(value.fields.varno) - 1]);
        const target = inner && nodes(inner.fields.targetList)[Number(value.fields.varattno) - 1];
        if (target) return target.fields.expr!;
      }
      return {
        kind: value.kind,
        fields: Object.fromEntries(Object.entries(value.fields).map(([k, v]) => [k, replace(v)])),
      };
    };
    const { targetList, jointree, returningList } = query.fields;
    return {
      kind: "QUERY",
      fields: {
        ...query.fields,
        targetList: replace(targetList!),
        jointree: replace(jointree!),
        returningList: replace(returningList!),
      },
    };
  }

  /** Functions that PostgreSQL would call for this node itself. */
  #volatility(node: Node): string {
    const { kind, fields } = node;
    const functions: (string | undefined)[] = [];
    if (kind === "FUNCEXPR") functions.push(String(fields.funcid));
    else if (/^(OPEXPR|DISTINCTEXPR|NULLIFEXPR|SCALARARRAYOPEXPR)$/.test(kind)) functions.push(String(fields.opfuncid));
    else if (kind === "AGGREF") functions.push(String(fields.aggfnoid));
    else if (kind === "WINDOWFUNC") functions.push(String(fields.winfnoid));
    else if (kind === "COERCEVIAIO") {
      const arg = fields.arg as Node;
      const type =
        arg.fields.vartype ??
        arg.fields.consttype ??
        arg.fields.paramtype ??
        arg.fields.funcresulttype ??
        arg.fields.opresulttype;
      functions.push(this.#catalog.io.get(String(fields.resulttype))?.in, this.#catalog.io.get(String(type))?.out);
    } else if (kind === "SQLVALUEFUNCTION") return "s";
    else if (kind === "NEXTVALUEEXPR") return "v";
    const found = functions.map((oid) => (oid === undefined ? "i" : (this.#catalog.volatility.get(oid) ?? "i")));
    return found.includes("v") ? "v" : found.includes("s") ? "s" : "i";
  }

  #has(value: Value | undefined, which: string): boolean {
    return within(value, (node) => which.includes(this.#volatility(node)));
  }

  #irreducible(value: Value): string[] {
    if (Array.isArray(value)) return value.flatMap((item) => this.#irreducible(item));
    if (!isNode(value) || value.kind === "QUERY") return [];
    if (
      value.kind === "COALESCEEXPR" ||
      value.kind === "COALESCE" ||
      value.kind === "CASEEXPR" ||
      value.kind === "CASE"
    )
      return this.#has(value, "sv") ? ["a function that isn't immutable within CASE or COALESCE"] : [];
    const below = Object.values(value.fields).flatMap((field) => this.#irreducible(field));
    if (this.#volatility(value) === "s" && this.#column(value)) below.push("a stable function of a column");
    return below;
  }

  #column(value: Value): boolean {
    if (Array.isArray(value)) return value.some((item) => this.#column(item));
    if (!isNode(value) || value.kind === "QUERY") return false;
    return value.kind === "VAR" || Object.values(value.fields).some((field) => this.#column(field));
  }
}

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Alias?: string;
  Plans?: Plan[];
  [condition: string]: unknown;
}

/** Scans of distributed tables that don't say `workspace_id = $n`, or say another than the others. */
async function elsewhere(client: pg.Client, text: string): Promise<string[]> {
  const { rows } = await client.query<{ "QUERY PLAN": { Plan: Plan }[] }>(
    `explain (generic_plan, verbose, costs off, format json) ${text}`,
  );
  const scans: { of: string; named: string[] }[] = [];
  const visit = (plan: Plan) => {
    const table = plan["Relation Name"];
    // What an update or delete writes is what it scans; an insert reads nothing.
    if (
      table !== undefined &&
      plan["Node Type"] !== "ModifyTable" &&
      plan.Schema !== "pg_catalog" &&
      !referenceTables.includes(table)
    ) {
      const conditions = ["Index Cond", "Filter", "Recheck Cond", "Tid Cond"].map((key) => plan[key] ?? "").join(" ");
      const named = [...conditions.matchAll(/workspace_id = \(?(\$\d+)\b/g)].map((match) => match[1]!);
      scans.push({ of: `${plan["Node Type"]} of ${table} ${plan.Alias}: ${conditions}`, named });
    }
    for (const below of plan.Plans ?? []) visit(below);
  };
  visit(rows[0]!["QUERY PLAN"][0]!.Plan);
  const parameter = scans[0]?.named.find((name) => scans.every(({ named }) => named.includes(name)));
  if (scans.length === 0 || parameter !== undefined) return [];
  const most = scans.flatMap(({ named }) => named);
  const usual = most.sort((a, b) => most.filter((x) => x === b).length - most.filter((x) => x === a).length)[0];
  return scans
    .filter(({ named }) => usual === undefined || !named.includes(usual))
    .map(({ of }) => `no workspace: ${of}`);
}
