import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { recordActs } from "../db/audit.ts";
import { getErasure, leadsWithAddresses } from "../db/erasure.ts";
import { getLead } from "../db/lead.ts";
import type { Database } from "../db/pool.ts";
import { normaliseAddress } from "../domain/address.ts";
import { isId } from "../domain/id.ts";
import { eraseAddresses, eraseLead } from "../privacy/erase.ts";
import { Eraser } from "../privacy/eraser.ts";
import { exportAddress, exportLead } from "../privacy/export.ts";
import { Failure } from "./failure.ts";
import type { EraseOptions, ExportOptions } from "./leads.ts";
import { count, print } from "./print.ts";
import { configOf } from "./settings.ts";
import { cliActor } from "./who.ts";
import { withDatabase, workspaceIdOf } from "./with-database.ts";

/** Whom a command means: a lead, or an address that no lead has. */
type Whom = { leadId: string } | { address: string };

async function whomOf(db: Database, workspaceId: string, text: string): Promise<Whom> {
  if (isId("lead", text)) {
    if (await getLead(db, workspaceId, text)) return { leadId: text };
    throw new Failure(`There is no lead ${text} in this workspace.`);
  }
  const address = normaliseAddress(null, text);
  if (!address.ok)
    throw new Failure(`"${text}" is neither a lead's ID nor an address. ${address.reason}`, { exitCode: 2 });
  const [leadId, other] = await leadsWithAddresses(db, workspaceId, [address.value]);
  if (other !== undefined)
    throw new Failure(`Two leads have ${address.value}: ${leadId} and ${other}. Give one of the IDs.`);
  return leadId === undefined ? { address: address.value } : { leadId };
}

/** `herald leads export`. */
export async function exportPerson(text: string, options: ExportOptions): Promise<void> {
  await withDatabase(configOf(options), async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    const whom = await whomOf(db, workspaceId, text);
    const leadId = "leadId" in whom ? whom.leadId : null;
    const pieces =
      "leadId" in whom ? await exportLead(db, workspaceId, whom.leadId) : exportAddress(db, workspaceId, whom.address);
    if (!pieces) throw new Failure(`There is no lead ${text} in this workspace.`);
    const act = { workspaceId, actor: cliActor(), action: "lead.exported", target: leadId, leadId, content: {} };
    await recordActs(db, [act]);
    if (options.output === undefined) {
      for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, "drain");
      return;
    }
    // A file that has the name is whole.
    const unfinished = `${options.output}.part`;
    const file = createWriteStream(unfinished, { mode: 0o600 });
    for await (const piece of pieces) if (!file.write(piece)) await once(file, "drain");
    file.end();
    await once(file, "close");
    await rename(unfinished, options.output);
    print(`Written to ${options.output}.`);
  });
}

/** `herald leads erase`. */
export async function erasePerson(text: string, options: EraseOptions): Promise<void> {
  if (options.confirm !== text) {
    const remedy = `What is erased is gone. To confirm it, say whom once more: --confirm ${text}`;
    throw new Failure(remedy, { exitCode: 2 });
  }
  await withDatabase(configOf(options), async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    const whom = await whomOf(db, workspaceId, text);
    const request = { actor: cliActor(), reason: options.reason ?? null };
    const begun = await db.transaction(async (tx) => {
      if ("address" in whom) return await eraseAddresses(tx, workspaceId, [whom.address], request);
      const one = await eraseLead(tx, workspaceId, whom.leadId, request);
      return one ? [one] : [];
    });
    if (begun.length === 0) throw new Failure(`There is no lead ${text} in this workspace.`);
    // Where no Herald runs, nothing is under way that could still come.
    const { rows } = await db.query("select 1 from worker where heartbeat_at > now() - interval '30 seconds' limit 1");
    const lateMs = rows.length === 0 ? { lateMs: 0 } : {};
    const eraser = new Eraser({ db, ...lateMs, onError: () => {} });
    for (const { erasure } of begun) {
      const until = Date.now() + 5_000;
      let now = erasure;
      for (; now.finishedAt === null; ) {
        const parts = await eraser.runOnce(erasure.id);
        now = (await getErasure(db, workspaceId, erasure.id))!;
        if (parts === 0 && Date.now() > until) break;
        if (now.finishedAt === null) await pause(100);
      }
      if (options.json) print(JSON.stringify({ ...now, addresses: undefined, addressHashes: undefined }));
      else {
        const { messages = 0, events = 0 } = now.counts;
        print(`Erased: ${count(messages, "message")}, ${count(events, "event")}, and what else there was.`);
        print(`The addresses stay suppressed, by a hash. On record as ${now.id}.`);
        if (now.finishedAt === null)
          print("In a minute and a half a Herald that runs looks once more, for what was still under way.");
      }
    }
  });
}
