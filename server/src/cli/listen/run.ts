import { parseDuration } from "../../domain/duration.ts";
import { eventTypes } from "../../domain/event.ts";
import { typesLike } from "../../domain/event-pattern.ts";
import type { Format } from "../../domain/format.ts";
import { formatOf } from "../../domain/formats.ts";
import { eventIdTime } from "../../domain/id.ts";
import { ApiClient, ApiRefusal, ApiUnreachable } from "../api-client.ts";
import { Failure } from "../failure.ts";
import type { ListenOptions } from "../listen.ts";
import { count, print, printError } from "../print.ts";
import { stopSignal } from "../stop-signal.ts";
import { follow, newestPosition } from "./follow.ts";
import { forward } from "./forward.ts";
import { eventLine } from "./line.ts";

/** `herald listen`. */
export async function listen(options: ListenOptions): Promise<void> {
  const format = formatOf(options.format);
  const types = typesOf(options.types, format);
  const secret = secretOf(options.secret, format);
  if (!options.key) {
    const remedy = "herald keys create --name listen --scopes read makes one";
    throw new Failure(`No API key was given: use --key or HERALD_API_KEY; ${remedy}.`, { exitCode: 2 });
  }
  const since = options.since === undefined ? null : sinceOf(options.since);
  const api = new ApiClient(options.url, options.key);
  const position = since ?? (await newestPosition(api).catch(explainStart));
  const stop = stopSignal();
  const controller = new AbortController();
  void stop.requested.then(() => controller.abort());

  introduce(options, format, secret);
  const counts = { seen: 0, delivered: 0, failed: 0 };
  const onTrouble = (reason: string | null) =>
    printError(
      reason === null ? "Herald answers again." : `${reason} Trying again until it answers; nothing is missed.`,
    );
  try {
    const following = { types: types === null ? undefined : [...types], onTrouble, signal: controller.signal };
    for await (const event of follow(api, position, following)) {
      if (types !== null && !types.has(event.eventType)) continue;
      if (!format.expresses(event)) continue;
      counts.seen += 1;
      print(eventLine(event));
      if (options.forwardTo === undefined) continue;
      const result = await forward(event, {
        url: options.forwardTo,
        format,
        secret,
        onFailure: (reason, nextInMs) => {
          const next = nextInMs === null ? "given up" : `trying again in ${nextInMs / 1_000} s`;
          print(`          -> ${reason}; ${next}`);
        },
        signal: controller.signal,
      });
      if (result.delivered) {
        counts.delivered += 1;
        print(`          -> ${result.status} in ${result.ms} ms`);
      } else if (!stop.isRequested) {
        counts.failed += 1;
        print(`          The event stays in the log as ${event.eventId}; --since ${event.eventId} goes on behind it.`);
      }
    }
  } finally {
    stop.release();
  }
  print(`Stopped. ${summary(counts, options.forwardTo !== undefined)}`);
}

function summary(
  { seen, delivered, failed }: { seen: number; delivered: number; failed: number },
  forwarding: boolean,
) {
  const all = `${count(seen, "event")} seen`;
  return forwarding ? `${all}, ${delivered} delivered, ${failed} given up.` : `${all}.`;
}

function introduce({ url, forwardTo, secret: given }: ListenOptions, format: Format, secret: string): void {
  print(
    `Listening to ${url}${forwardTo === undefined ? "" : `, forwarding to ${forwardTo} in the ${format.name} format`}.`,
  );
  if (forwardTo !== undefined && given === undefined) {
    print(`Signed with this secret, which your handler needs (--secret keeps it the same): ${secret}`);
  }
  if (format.name !== "herald") print(`The ${format.name} format leaves out: ${format.limits}`);
  print("Ctrl-C ends it.");
  print();
}

function typesOf(list: string | undefined, format: Format): ReadonlySet<string> | null {
  if (list === undefined) return null;
  const patterns = list.split(",").map((pattern) => pattern.trim());
  const types = new Set<string>();
  for (const pattern of patterns) {
    const meant = typesLike(pattern);
    if (meant.length === 0) {
      const there = `there are: ${eventTypes.join(", ")}; and patterns such as message.*`;
      throw new Failure(`There is no event "${pattern}"; ${there}.`, { exitCode: 2 });
    }
    if (!meant.some((type) => format.eventTypes.includes(type))) {
      throw new Failure(`The format ${format.name} has no ${pattern}; it has: ${format.eventTypes.join(", ")}.`, {
        exitCode: 2,
      });
    }
    for (const type of meant) types.add(type);
  }
  // `*` also stands for types that a newer Herald knows.
  return patterns.includes("*") ? null : types;
}

function secretOf(given: string | undefined, format: Format): string {
  if (given === undefined) return format.newSecret();
  const problem = format.checkSecret(given);
  if (problem !== null) throw new Failure(`--secret can't be used: ${problem}`, { exitCode: 2 });
  return given;
}

/** An event's ID or a time, as the API takes them. */
function sinceOf(text: string): string {
  if (eventIdTime(text) !== null) return text;
  const ago = parseDuration(text);
  if (ago.ok) return new Date(Date.now() - ago.ms).toISOString();
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  const forms = "1h, 2d, a time as 2026-01-05T09:30:00Z, or the ID of an event";
  throw new Failure(`--since "${text}" can't be understood; it can be ${forms}.`, { exitCode: 2 });
}

function explainStart(error: unknown): never {
  if (error instanceof ApiUnreachable) {
    throw new Failure(`${error.message} Start one with herald start, or name another with --url.`, { cause: error });
  }
  if (error instanceof ApiRefusal && error.status === 401) {
    throw new Failure(
      "Herald doesn't know this API key; make another one with: herald keys create --name listen --scopes read",
      {
        cause: error,
      },
    );
  }
  throw error;
}
