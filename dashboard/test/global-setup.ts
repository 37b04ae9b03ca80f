import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { launchChromium } from "./chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the run's one browser takes connections; null: none runs on this machine. */
    browser: string | null;
    /** Why none runs. */
    noBrowser: string;
  }
}

/** Once for a run that has tests of the dashboard: its files are built where they are not current, and a browser is started. */
export default async function setup(project: TestProject) {
  execFileSync(process.execPath, [join(import.meta.dirname, "../build.ts"), "--if-stale"], { stdio: "inherit" });
  try {
    const server = await launchChromium();
    project.provide("browser", server.wsEndpoint());
    project.provide("noBrowser", "");
    return async () => await server.close();
  } catch (error) {
    project.provide("browser", null);
    project.provide("noBrowser", (error as Error).message);
    console.warn(`\nThe dashboard's tests are skipped. ${(error as Error).message}\n`);
    return undefined;
  }
}
