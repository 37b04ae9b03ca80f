import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { HeraldError } from "./error.ts";

/**
 * Passwords of people: argon2id with the parameters that OWASP's cheat sheet on password storage gives first for one lane
 * (19 MiB, 2 passes), kept in the PHC string format, so that a hash says how it was made and can be made anew when these
 * numbers grow.
 */
export const passwordParameters = { memory: 19_456, passes: 2, parallelism: 1 } as const;

/** Who comes when so many wait would wait for several seconds, and is better told so. */
const mostWaiting = 200;

const tagLength = 32;
const saltLength = 16;

/** Characters of a password. The most only bounds what has to be hashed. */
export const passwordLength = { min: 10, max: 200 } as const;

/** Why a password can't be used; null: it can. Length is what counts (NIST SP 800-63B); what everybody tries first is refused. */
export function passwordProblem(password: string, about: { email: string; name: string }): string | null {
  const text = normalised(password);
  const length = [...text].length;
  if (length < passwordLength.min)
    return `A password has at least ${passwordLength.min} characters; this one has ${length}.`;
  if (length > passwordLength.max)
    return `A password has at most ${passwordLength.max} characters; this one has ${length}.`;
  const plain = text.toLowerCase();
  if (new Set(plain).size < 5) return "This password repeats a few characters only: anybody would find it.";
  if (sequences.some((sequence) => sequence.includes(plain)))
    return "This password follows the keyboard or the alphabet: anybody would find it.";
  const own = [about.email, about.email.split("@")[0]!, about.name].map((part) => normalised(part).toLowerCase());
  if (own.some((part) => part.length >= 4 && plain.replaceAll(part, "").length < 4))
    return "This password is hardly more than the name or the address that it belongs to.";
  if (common.has(plain.replaceAll(/[^a-z0-9]/g, "").replace(/\d+$/, "")))
    return "This is a password that everybody tries first.";
  return null;
}

const rows = [
  "qwertyuiopasdfghjklzxcvbnm",
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "1qaz2wsx3edc4rfv5tgb",
];
const sequences = rows.flatMap((row) => [row, [...row].reverse().join("")]);
const common = new Set([
  ...["password", "passwort", "passwordpassword", "letmein", "welcome", "iloveyou", "changeme", "administrator"],
  ...["qwertyuiop", "herald", "heraldherald", "letmeinplease", "correcthorsebatterystaple", "trustno"],
]);

/** As it is hashed: one form for what can be typed in several (NIST SP 800-63B, 3.1.1.2). */
const normalised = (password: string) => password.normalize("NFKC");

/**
 * Hashes and checks, off the event loop, two at a time: each takes 19 MiB and a core for some 20 ms, and one of the four
 * threads that look-ups of names and files need too.
 */
export class Passwords {
  private readonly parameters: { memory: number; passes: number; parallelism: number };
  private free = 2;
  private readonly waiting: (() => void)[] = [];
  private dummy: Promise<string> | null = null;

  constructor(parameters: { memory: number; passes: number; parallelism: number } = passwordParameters) {
    this.parameters = parameters;
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltLength);
    const tag = await this.derive(password, salt, this.parameters);
    const { memory, passes, parallelism } = this.parameters;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
  }

  /**
   * Whether this is the password of that hash. Without a hash (nobody has this address) it takes as long, and the answer is
   * no: how long an answer takes says nothing about who has an account.
   */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const nobodys = await this.nobodys();
    const { salt, tag, parameters } = read(stored ?? nobodys);
    const given = await this.derive(password, salt, parameters);
    return timingSafeEqual(given, tag) && stored !== null;
  }

  /** Whether a hash was made with other parameters than those of today. */
  isOutdated(stored: string): boolean {
    const { memory, passes, parallelism } = read(stored).parameters;
    const now = this.parameters;
    return memory !== now.memory || passes !== now.passes || parallelism !== now.parallelism;
  }

  private nobodys(): Promise<string> {
    this.dummy ??= this.hash(randomBytes(16).toString("hex"));
    return this.dummy;
  }

  private async derive(
    password: string,
    nonce: Buffer,
    parameters: { memory: number; passes: number; parallelism: number },
  ): Promise<Buffer> {
    if (this.waiting.length >= mostWaiting)
      throw new HeraldError(
        "rate_limited",
        "Too many people sign in at this moment. Try again in a while.",
        undefined,
        10,
      );
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await derive({ message: normalised(password), nonce, tagLength, ...parameters });
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

function derive(parameters: Argon2Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    argon2("argon2id", parameters, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function read(stored: string) {
  const match = form.exec(stored);
  if (!match) throw new Error("A stored password is no argon2id hash in the PHC format.");
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  return {
    parameters: { memory, passes, parallelism },
    salt: Buffer.from(match[4]!, "base64"),
    tag: Buffer.from(match[5]!, "base64"),
  };
}

/** PHC's base64 has no padding. */
const base64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
