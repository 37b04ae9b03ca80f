import { Worker } from "node:worker_threads";
import { textOfDocx } from "./docx-text.ts";
import { textOfPdf } from "./pdf-text.ts";
import { type Opening, type Reading, Unreadable } from "./reading.ts";

/**
 * The process that reads one file, from its input, for the process that started it (`document.ts`), says what it found in
 * JSON, and ends.
 */

/**
 * Ends this process when its parent is gone, or when it takes too much memory: the heap's limit doesn't count buffers, which
 * is what a small file swells into. In a thread, since the main one may be busy for long.
 */
function watch({ parent, limits }: Opening): void {
  const code = `setInterval(() => {
    if (process.ppid === ${parent} && process.memoryUsage.rss() < ${limits.memoryMiB} * 1048576) return;
    process.kill(process.pid, "SIGKILL");
  }, 20);`;
  new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();
}

async function read({ kind, library, limits }: Opening): Promise<Reading> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  try {
    const module = (await import(library)) as never;
    return await (kind === "pdf" ? textOfPdf(module, bytes, limits) : textOfDocx(module, bytes, limits));
  } catch (error) {
    return { ok: false, why: error instanceof Unreadable ? error.why : "broken" };
  }
}

// A library that says something must not say it into the answer.
Object.assign(console, { log: console.error, info: console.error });

const opening = JSON.parse(process.argv[2]!) as Opening;
watch(opening);
const reading = await read(opening);
process.stdout.write(JSON.stringify(reading), () => process.exit(0));
