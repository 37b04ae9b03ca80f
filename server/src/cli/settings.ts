import { InvalidArgumentError, Option } from "commander";
import { type HeraldConfig, loadConfig } from "../config.ts";
import { Failure } from "./failure.ts";

/** Options that several commands share, with one wording each. */

export interface DataOption {
  data?: string;
}

export const dataOption = () =>
  new Option("--data <folder>", "folder of the database and the secret key (HERALD_DATA; default: ./data)");

export interface WorkspaceOption {
  workspace?: string;
}

export const workspaceOption = () =>
  new Option("--workspace <id>", "the workspace, as ws_... (default: the first one, which `herald start` made)");

/** For commander: a whole number in a range; anything else is an error of usage. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** For commander: an absolute http or https address. */
export function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("It must be an address such as http://localhost:3000/webhooks.");
  }
  return text;
}

/** For commander: one or more of `allowed`, separated by commas, each once. */
export function listOf<T extends string>(allowed: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    const unknown = names.find((name) => !(allowed as readonly string[]).includes(name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`There is no "${unknown}"; it can be ${allowed.join(", ")}, separated by commas.`);
    }
    return [...new Set(names as T[])];
  };
}

/** The configuration from environment and flags. On a terminal, people read: logs then begin at `warn`. */
export function configOf(flags: { host?: string; port?: number; data?: string; serves?: boolean } = {}): HeraldConfig {
  const config = loadConfig(process.env, flags);
  if (config.databaseUrl !== null && !/^postgres(ql)?:\/\//.test(config.databaseUrl)) {
    throw new Failure("DATABASE_URL must have the form postgres://user:password@host:5432/name.", { exitCode: 2 });
  }
  if (process.env.HERALD_LOG_LEVEL || !process.stdout.isTTY) return config;
  return { ...config, logLevel: "warn" };
}
