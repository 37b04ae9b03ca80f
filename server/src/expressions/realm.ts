/**
 * What runs inside the sandbox's own realm: a JavaScript context without Node, without `eval`, and with built-ins that
 * can't be changed. These functions are handed over as source text, so they must not use anything from outside of
 * themselves. Only texts go in and come out, so that nothing in there ever holds an object of the thread's own realm.
 */

/** The part of JSONata that is used. */
type Jsonata = (
  source: string,
  options: { timeout: number; stack: number; sequence: number },
) => {
  evaluate(input: unknown): Promise<unknown>;
  registerFunction(name: string, implementation: () => unknown, signature?: string): void;
};

export interface RealmLimits {
  /** Milliseconds after which an evaluation ends itself. */
  timeoutMs: number;
  /** Depth of calls. */
  depth: number;
  /** Items in a sequence that JSONata makes. */
  sequence: number;
  /** Characters of a text that an expression makes. */
  textChars: number;
  /** Characters of a result as JSON. */
  resultChars: number;
  /** Expressions that are kept compiled. */
  compiled: number;
}

export interface Realm {
  /** "" where the source can be read, else an error as JSON. */
  check(source: string): string;
  /**
   * What the expression makes of an input (JSON): `v` and the result as JSON, `n` for nothing (undefined or null), `e` and
   * an error as JSON. With `asCondition` the result is true or false, as JSONata's `$boolean` says.
   */
  run(source: string, input: string, asCondition: boolean): Promise<string>;
}

/** An error as it leaves the realm. */
export interface RealmError {
  /** JSONata's, or `too_large` and the like. */
  code: string;
  message: string;
  /** Characters from the beginning of the source, where the error has a place. */
  position: number | null;
}

/** What JSONata expects of a browser or of Node, for `$base64encode` and `$base64decode`. */
export function browserParts(): { btoa(text: string): string; atob(text: string): string } {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return {
    btoa(text) {
      let out = "";
      for (let i = 0; i < text.length; i += 3) {
        const bytes = [0, 1, 2].map((n) => text.charCodeAt(i + n));
        if (bytes.some((byte) => byte > 255))
          throw new Error("$base64encode takes characters up to U+00FF; encode others with $encodeUrlComponent first.");
        const [a = 0, b = 0, c = 0] = bytes.map((byte) => (Number.isNaN(byte) ? 0 : byte));
        const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
        const given = Math.min(3, text.length - i) + 1;
        for (let n = 0; n < 4; n++) out += n < given ? alphabet[four[n] as number] : "=";
      }
      return out;
    },
    atob(text) {
      const plain = text
        .replace(/[\s=]+/g, "")
        .replace(/-/g, "+")
        .replace(/_/g, "/");
      let out = "";
      let bits = 0;
      let held = 0;
      for (const letter of plain) {
        const value = alphabet.indexOf(letter);
        if (value === -1) throw new Error("$base64decode was given something that is not Base64.");
        bits = ((bits << 6) | value) & 0xffffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += String.fromCharCode((bits >> held) & 255);
      }
      return out;
    },
  };
}

/**
 * Keeps texts short: JSONata joins texts by these two, and one of 500 million characters would need as much memory before
 * any limit of the heap could say no. `most`: characters.
 */
export function limitTexts(most: number): void {
  const { concat } = String.prototype;
  const { join } = Array.prototype;
  const check = (length: number) => {
    if (length > most) throw new RangeError(`A text of ${length} characters; at most ${most} are allowed.`);
  };
  String.prototype.concat = function (this: string, ...parts: string[]) {
    check(parts.reduce((sum, part) => sum + String(part).length, this.length));
    return concat.apply(this, parts);
  };
  Array.prototype.join = function (this: unknown[], separator?: string) {
    const between = separator === undefined ? 1 : String(separator).length;
    check(between * Math.max(0, this.length - 1));
    check(
      this.reduce<number>((sum, part) => sum + (typeof part === "string" ? part.length : 0), between * this.length),
    );
    return join.call(this, separator);
  };
}

/**
 * Freezes everything that can be reached from the realm's globals: no expression leaves a trace for the next one, which
 * may be a stranger's. Two places stay assignable on objects that inherit them: JSONata gives its sequences a `push` of
 * their own, and errors their message.
 */
export function freezeRealm(): void {
  const overridable: [object, string][] = [
    [Array.prototype, "push"],
    [Error.prototype, "message"],
    [Error.prototype, "name"],
  ];
  for (const [owner, key] of overridable) {
    const value: unknown = (owner as Record<string, unknown>)[key];
    Object.defineProperty(owner, key, {
      configurable: false,
      enumerable: false,
      get: () => value,
      set(own: unknown) {
        if (this === owner) throw new TypeError(`${key} can't be changed.`);
        Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  const seen = new Set<unknown>();
  const open: unknown[] = [
    globalThis,
    // What has no name among the globals.
    Object.getPrototypeOf(async () => {}),
    Object.getPrototypeOf(function* () {}),
    Object.getPrototypeOf(async function* () {}),
    Object.getPrototypeOf([][Symbol.iterator]()),
    Object.getPrototypeOf(""[Symbol.iterator]()),
    Object.getPrototypeOf(new Map()[Symbol.iterator]()),
    Object.getPrototypeOf(new Set()[Symbol.iterator]()),
    Object.getPrototypeOf("".matchAll(/x/g)),
  ];
  while (open.length > 0) {
    const value = open.pop();
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    open.push(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      for (const part of [property?.value, property?.get, property?.set]) if (part !== undefined) open.push(part);
    }
    Object.freeze(value);
  }
}

export function makeRealm(jsonata: Jsonata, limits: RealmLimits): Realm {
  const options = { timeout: limits.timeoutMs, stack: limits.depth, sequence: limits.sequence };
  const compiled = new Map<string, ReturnType<Jsonata>>();

  function compile(source: string): ReturnType<Jsonata> {
    const known = compiled.get(source);
    if (known) {
      // The one that was used last stands last.
      compiled.delete(source);
      compiled.set(source, known);
      return known;
    }
    const made = jsonata(source, options);
    made.registerFunction("eval", () => {
      throw { code: "refused", message: "$eval is not available here: data must not become code." };
    });
    if (compiled.size >= limits.compiled) compiled.delete(compiled.keys().next().value as string);
    compiled.set(source, made);
    return made;
  }

  // JSONata names no limit of depth, and in place of the one of sequences the length that was wanted.
  const tooLong = `A sequence of more than ${limits.sequence} items, which is the most that is allowed.`;
  const exceeded: Readonly<Record<string, string>> = {
    D1011: `More than ${limits.depth} calls in one another, which is the most that is allowed. A function that calls itself may never end, or may do so as its last step (then it takes no depth).`,
    D2014: tooLong,
    D2015: tooLong,
  };

  function describe(error: unknown): string {
    const { code, message, position } = (error ?? {}) as { code?: unknown; message?: unknown; position?: unknown };
    // V8's own words, where JSONata reads or JSON is written.
    const deep = message === "Maximum call stack size exceeded" && "Its parts are nested too deeply in one another.";
    const words = deep || (typeof code === "string" && Object.hasOwn(exceeded, code) ? exceeded[code] : message);
    return JSON.stringify({
      code: typeof code === "string" ? code : "failed",
      message: typeof words === "string" ? words.slice(0, 1_000) : "The expression failed.",
      position: typeof position === "number" ? position : null,
    });
  }

  const isCode = (value: unknown) =>
    typeof value === "function" ||
    (typeof value === "object" && value !== null && ("_jsonata_lambda" in value || "_jsonata_function" in value));

  /** As `$boolean`. */
  function holds(value: unknown): boolean {
    if (isCode(value)) return false;
    if (Array.isArray(value)) return value.length === 1 ? holds(value[0]) : value.some(holds);
    if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
    return Boolean(value);
  }

  return {
    check(source) {
      try {
        compile(source);
        return "";
      } catch (error) {
        return describe(error);
      }
    },
    async run(source, input, asCondition) {
      try {
        const result = await compile(source).evaluate(JSON.parse(input));
        if (asCondition) return holds(result) ? "vtrue" : "vfalse";
        if (result === undefined || result === null) return "n";
        if (isCode(result)) throw { code: "no_json", message: "The result is a function, which JSON can't say." };
        // JSON would say null, which is what a transform gives where nothing is to be sent.
        if (typeof result === "number" && !Number.isFinite(result))
          throw { code: "no_json", message: `The result is ${result}, which JSON can't say (a division by zero?).` };
        const text = JSON.stringify(result, (_key, value: unknown) => (isCode(value) ? undefined : value));
        if (text.length > limits.resultChars) {
          const most = `at most ${limits.resultChars} are allowed`;
          throw { code: "too_large", message: `The result has ${text.length} characters of JSON; ${most}.` };
        }
        return `v${text}`;
      } catch (error) {
        return `e${describe(error)}`;
      }
    },
  };
}
