import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { outputOf } from "./run.ts";

const module = new URL("../../src/cli/stop-signal.ts", import.meta.url).href;

/** A process that takes signals, and says what they did; its clock is moved by hand, over standard input. */
function start() {
  const script = `
    import { stopSignal } from ${JSON.stringify(module)};
    let now = 0;
    performance.now = () => now;
    const stop = stopSignal(() => console.log("at once"));
    stop.requested.then(() => console.log("requested"));
    process.stdin.on("data", (text) => { now += Number(text); console.log("at " + now); });
    process.on("SIGTERM", () => console.log("signal"));
    console.log("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, output: outputOf(child) };
}

test("one key press that arrives twice asks to stop once; a second one ends the process at once", async () => {
  const { child, output } = start();
  await output.until(/ready/);
  child.kill("SIGTERM");
  await output.until(/requested/);
  child.stdin.write("400");
  await output.until(/at 400/);
  child.kill("SIGTERM");
  await output.until(/signal[\s\S]*signal/);
  child.stdin.write("200");
  await output.until(/at 600/);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([143, null]);
  expect(output.said.stdout.match(/at once|requested/g)).toEqual(["requested", "at once"]);
});
