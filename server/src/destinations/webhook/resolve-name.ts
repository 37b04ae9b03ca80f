import { type LookupAddress, lookup, Resolver } from "node:dns";
import { readFileSync } from "node:fs";

/**
 * Looks the names of receivers up. Not by the system's resolver alone (`getaddrinfo`, as `node:net` does): it works on
 * the four threads that Node has for it and for files, so that four names whose servers don't answer would hold up
 * every other look-up for half a minute. Names of the public DNS are asked for over sockets, without a thread; those
 * that only the system knows go to it two at a time. Who asks for a name that is being looked up waits for that answer.
 */
export type Resolve = (hostname: string, callback: Answered) => void;

type Answered = (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void;

/** Threads that the system's resolver may take at once, of the four that there are. */
const systemLookups = 2;
/** Milliseconds and tries of a question to one name server. */
const question = { timeout: 3_000, tries: 2 };
/** How long the second kind of addresses (A, AAAA) is waited for when the first is here. RFC 8305 waits 50 ms. */
const secondFamilyMs = 200;
/** The settings of name servers, and the hosts file, are read again after that time. */
const settingsMs = 30_000;

export interface NameResolverOptions {
  /** Whether the system's resolver is asked for names that the DNS doesn't have: search domains, mDNS and the like. */
  localNames: boolean;
  /** Name servers, as `127.0.0.1:53`. Default: the system's. */
  servers?: readonly string[];
}

export function nameResolver({ localNames, servers }: NameResolverOptions): Resolve {
  const asked = new Map<string, Answered[]>();
  const newResolver = () => {
    const resolver = new Resolver(question);
    if (servers) resolver.setServers(servers);
    return resolver;
  };
  let settings = { until: 0, resolver: newResolver(), hosts: new Set<string>() };

  function current(): typeof settings {
    const now = performance.now();
    if (now > settings.until) {
      settings = { until: now + settingsMs, resolver: newResolver(), hosts: hostsFile() };
    }
    return settings;
  }

  function find(hostname: string, answered: Answered): void {
    const { resolver, hosts } = current();
    if (!hostname.includes(".") || /\.(?:localhost|local)$/.test(hostname) || hosts.has(hostname)) {
      bySystem(hostname, answered);
      return;
    }
    byDns(resolver, hostname, (error, addresses) => {
      // ECONNREFUSED: there is no name server to ask. The others are answers, and the owner of a name can choose them.
      const unknown = error !== null && ["ENOTFOUND", "ENODATA"].includes(error.code ?? "");
      if (error?.code === "ECONNREFUSED" || (unknown && localNames)) bySystem(hostname, answered);
      else answered(error, addresses);
    });
  }

  return (hostname, callback) => {
    const waiting = asked.get(hostname);
    if (waiting) {
      waiting.push(callback);
      return;
    }
    const callbacks = [callback];
    asked.set(hostname, callbacks);
    find(hostname, (error, addresses) => {
      asked.delete(hostname);
      for (const each of callbacks) each(error, addresses);
    });
  };
}

function byDns(resolver: Resolver, hostname: string, answered: Answered): void {
  const found: LookupAddress[] = [];
  let failure: NodeJS.ErrnoException | null = null;
  let left = 2;
  let timer: NodeJS.Timeout | null = null;
  const end = () => {
    if (timer) clearTimeout(timer);
    if (left < 0) return;
    left = -1;
    // IPv4 first: it works on more networks, and `node:net` tries the other at the same time.
    found.sort((a, b) => a.family - b.family);
    answered(found.length > 0 ? null : failure, found);
  };
  const one = (family: 4 | 6) => (error: NodeJS.ErrnoException | null, addresses: string[] | undefined) => {
    if (left < 0) return;
    left -= 1;
    for (const address of addresses ?? []) found.push({ address, family });
    // That a name has none of one kind says less than why the other look-up failed.
    if (error && (failure === null || failure.code === "ENODATA")) failure = error;
    if (left === 0) end();
    else if (found.length > 0) timer = setTimeout(end, secondFamilyMs);
  };
  resolver.resolve4(hostname, one(4));
  resolver.resolve6(hostname, one(6));
}

let underWay = 0;
const queue: (() => void)[] = [];

function bySystem(hostname: string, answered: Answered): void {
  const begin = () => {
    underWay += 1;
    lookup(hostname, { all: true }, (error, addresses) => {
      underWay -= 1;
      queue.shift()?.();
      answered(error, addresses ?? []);
    });
  };
  if (underWay < systemLookups) begin();
  else queue.push(begin);
}

/** Names that this machine's administrator has given addresses to: they come before the DNS, as everywhere. */
function hostsFile(): Set<string> {
  const names = new Set<string>();
  try {
    const path =
      process.platform === "win32" ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts` : "/etc/hosts";
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const [, ...named] = line.replace(/#.*/, "").trim().split(/\s+/);
      for (const name of named) names.add(name.toLowerCase());
    }
  } catch {
    // There need not be one.
  }
  return names;
}
