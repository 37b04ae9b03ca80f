import { constants, createContext, Script } from "node:vm";
import { Worker } from "node:worker_threads";
import { browserParts, freezeRealm, limitTexts, makeRealm, type Realm, type RealmLimits } from "./realm.ts";

/**
 * The process that evaluates expressions, one after the other, for the process that started it (`evaluator.ts`). Its
 * memory is limited, it has an empty environment, and Node's permission model lets it read this folder and nothing else.
 * JSONata is loaded into a context of its own, in which there is no Node and no code can be made of texts: whoever broke
 * out of JSONata would find nothing there.
 *
 * A process and not a thread: one text of 500 million characters passes a thread's limits in one step, and V8 then ends
 * the whole process.
 */

/** The first message: what the realm is made of. */
export interface Opening {
  /** JSONata's source text. */
  library: string;
  limits: RealmLimits;
  /** The process that this one works for. */
  parent: number;
}

/** A question; answers come in the same order. */
export interface Question {
  source: string;
  /** JSON; null: only whether the source can be read. */
  input: string | null;
  asCondition: boolean;
}

export interface Answer {
  /** As `Realm` says. */
  text: string;
  /** Milliseconds that it took. */
  ms: number;
}

function openRealm(library: string, limits: RealmLimits): Realm {
  const context = createContext(constants.DONT_CONTEXTIFY, {
    name: "expressions",
    codeGeneration: { strings: false, wasm: false },
  });
  const inside = (source: string): unknown => new Script(source).runInContext(context);
  inside(`"use strict";
    for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "console"])
      delete globalThis[name];
    (${limitTexts})(${limits.textChars});
    (${freezeRealm})();`);
  const load = inside(`((limits) => {
      const module = { exports: {} };
      (function (module, exports, window) { ${library}\n })(module, module.exports, (${browserParts})());
      return (${makeRealm})(module.exports, JSON.parse(limits));
    })`) as (limits: string) => Realm;
  return load(JSON.stringify(limits));
}

/**
 * Ends this process when its parent is gone, though an expression may be running just then: a regular expression can keep
 * the main thread for years.
 */
function endWith(parent: number): void {
  const watch = `setInterval(() => {
    if (process.ppid === ${parent}) return;
    process.kill(process.pid, "SIGKILL");
  }, 1000);`;
  new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();
}

let realm: Realm;
let before: Promise<void> = Promise.resolve();

async function answer({ source, input, asCondition }: Question): Promise<void> {
  const began = performance.now();
  const text = input === null ? realm.check(source) : await realm.run(source, input, asCondition);
  process.send?.({ text, ms: performance.now() - began } satisfies Answer);
}

process.once("message", ({ library, limits, parent }: Opening) => {
  endWith(parent);
  realm = openRealm(library, limits);
  process.on("message", (question: Question) => {
    before = before.then(() => answer(question));
  });
  process.send?.("ready");
});
process.on("disconnect", () => process.exit());
// Ctrl-C is meant for Herald, which still needs this while it finishes what is under way.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
