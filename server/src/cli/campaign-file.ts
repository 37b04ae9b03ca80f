import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { isNode, LineCounter, parseDocument } from "yaml";
import { type Applied, applyCampaign, campaignFile, replanApplied } from "../api/campaign-file.ts";
import { parse } from "../api/validate.ts";
import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import type { ApplyOptions } from "./campaigns.ts";
import { codeOf, Failure } from "./failure.ts";
import { count, print } from "./print.ts";
import { configOf } from "./settings.ts";
import { withDatabase, workspaceIdOf } from "./with-database.ts";

/** A file with more than this is no campaign. Characters. */
const mostCharacters = 8 * 1024 * 1024;

class OnlyTried extends Error {
  readonly applied: Applied[];
  constructor(applied: Applied[]) {
    super("tried");
    this.applied = applied;
  }
}

/** `herald campaigns apply`. */
export async function applyFile(path: string, options: ApplyOptions): Promise<void> {
  const config = configOf(options);
  const files: Readable[] = [];
  for (const each of await filesAt(path)) files.push(readable(each, await read(each)));
  refuseSameKeys(files);
  const applied = await withDatabase(config, async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    try {
      // One transaction for all of a folder's files, too: what is in git together takes effect together.
      const applied = await db.transaction(async (tx) => {
        const done: Applied[] = [];
        for (const { file, key, content } of files) {
          done.push(await file.explaining(() => applyCampaign(tx, workspaceId, key, content)));
        }
        if (options.dryRun) throw new OnlyTried(done);
        return done;
      });
      for (const each of applied) await replanApplied(db, workspaceId, each);
      return applied;
    } catch (error) {
      if (error instanceof OnlyTried) return error.applied;
      throw error;
    }
  });
  for (const each of applied) report(each, options);
}

/** A file that can be read as a campaign. */
interface Readable {
  file: CampaignFile;
  key: string;
  content: Parameters<typeof applyCampaign>[3];
}

function readable(path: string, text: string): Readable {
  const file = new CampaignFile(path, text);
  const { $schema: _, key, ...content } = file.reading(() => parse(campaignFile, file.value, "body"));
  return { file, key, content };
}

/** The file, or those of a folder that can be campaigns, by name. Not what is in folders in it, hidden, or a JSON Schema. */
async function filesAt(path: string): Promise<string[]> {
  const isFolder = path !== "-" && (await stat(path).catch(() => null))?.isDirectory();
  if (!isFolder) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(ya?ml|json)$/i.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => !/\.schema\.json$/i.test(name))
    .sort();
  if (names.length === 0)
    throw new Failure(`${path} is a folder without campaigns: there is no .yaml, .yml or .json file in it.`);
  return names.map((name) => join(path, name));
}

/** The second file would undo the first one. */
function refuseSameKeys(files: readonly Readable[]): void {
  const pathOf = new Map<string, string>();
  for (const { key, file } of files) {
    const other = pathOf.get(key);
    if (other !== undefined)
      throw new Failure(
        `${other} and ${file.path} have the same key, "${key}"; nothing was changed. Give one another.`,
      );
    pathOf.set(key, file.path);
  }
}

async function read(path: string): Promise<string> {
  try {
    return path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    const why = codeOf(error) === "ENOENT" ? "there is no such file" : String((error as Error).message);
    throw new Failure(`${path} can't be read: ${why}.`);
  }
}

/** A file's content, and where in it each field stands. */
class CampaignFile {
  readonly value: unknown;
  readonly path: string;
  private readonly lines = new LineCounter();
  private readonly document: ReturnType<typeof parseDocument>;

  constructor(path: string, text: string) {
    this.path = path === "-" ? "standard input" : path;
    if (text.length > mostCharacters) throw new Failure(`${this.path} is too long for a campaign: at most 8 MiB.`);
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const [problem] = this.document.errors;
    if (problem) {
      const { line, col } = this.lines.linePos(problem.pos[0]);
      // {{ x | default: "y" }} is a mapping to YAML.
      const hint = /mapping/i.test(problem.message)
        ? " A text with a colon in it has to stand in quotes, or behind >-."
        : "";
      throw new Failure(`${this.path}, line ${line}, column ${col}: ${problem.message}.${hint}`);
    }
    try {
      this.value = this.document.toJS() ?? {};
    } catch (error) {
      throw new Failure(`${this.path} can't be read: ${(error as Error).message}`);
    }
    if (typeof this.value !== "object" || Array.isArray(this.value)) {
      throw new Failure(`${this.path} is no campaign: it has to be an object with key, name and steps.`);
    }
  }

  reading<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.explained(error);
    }
  }

  async explaining<T>(work: () => Promise<T>): Promise<T> {
    return await work().catch((error: unknown) => {
      throw this.explained(error);
    });
  }

  /** The same refusal with the lines in which its fields stand. */
  private explained(error: unknown): unknown {
    if (!(error instanceof HeraldError)) return error;
    const lines = (error.details ?? []).map((detail) => `  ${this.placeOf(detail)}${detail.field}: ${detail.reason}`);
    const why = lines.length > 0 ? lines.join("\n") : `  ${error.message}`;
    return new Failure(`${this.path} can't be applied; nothing was changed.\n${why}`, { cause: error });
  }

  /** "line 12: "; of a field that is missing the line of what it is missing in. */
  private placeOf({ field }: ErrorDetail): string {
    const path = field.replace(/^senderIds/, "senders").split(".");
    for (let length = path.length; length >= 0; length--) {
      const keys = path.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const node = length === 0 ? this.document.contents : this.document.getIn(keys, true);
      if (isNode(node) && node.range) return `line ${this.lines.linePos(node.range[0]).line}: `;
    }
    return "";
  }
}

function report(applied: Applied, { dryRun = false, json = false }: ApplyOptions): void {
  if (json) print(JSON.stringify(factsOf(applied, dryRun)));
  else for (const line of words(applied, dryRun)) print(line);
}

function factsOf({ campaign, created, changes }: Applied, dryRun: boolean) {
  // A campaign that was only tried has no ID that anybody could use.
  const campaignId = created && dryRun ? null : campaign.id;
  return { campaignId, key: campaign.key, status: campaign.status, created, changes, dryRun };
}

function words({ campaign, created, changes }: Applied, dryRun: boolean): string[] {
  const { id, name, status, steps } = campaign;
  const size = count(steps.length, "step");
  if (created && dryRun) return [`"${name}" would be created, with ${size}.`];
  if (created) {
    const next = `See what it would send: herald simulate ${id}. Start it: POST /v1/campaigns/${id}/start`;
    return [`"${name}" was created as a draft, with ${size}: ${id}`, next];
  }
  if (changes.length === 0) return [`"${name}" (${id}, ${status}) is as the file says: nothing to change.`];
  return [`"${name}" (${id}, ${status}) ${dryRun ? "would be" : "was"} changed: ${changes.join(", ")}.`];
}
