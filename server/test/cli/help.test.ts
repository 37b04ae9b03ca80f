import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { callCli } from "./call.ts";
import { runCli } from "./run.ts";

const commands = [
  "start",
  "worker",
  "demo",
  "migrate",
  "keys create",
  "keys list",
  "keys revoke",
  "users create",
  "leads import",
  "listen",
  "simulate",
  "campaigns apply",
  "campaigns schema",
  "doctor",
  "mcp",
  "assistant eval",
];

test.each(commands)(
  "herald %s --help says what it does, with examples of it, and every option has words",
  async (command) => {
    const { code, stdout } = await callCli([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: herald /);
    expect(stdout.split("Examples:")[1]).toContain(`herald ${command}`);
    const options = stdout.split("Options:\n")[1]!.split("\n\n")[0]!;
    expect(options).not.toMatch(/^ {2}-\S+( <\w+>)?$/m);
  },
);

test("herald alone lists all commands, and which one to begin with", async () => {
  const { code, stdout } = await callCli([]);
  expect(code).toBe(0);
  for (const name of ["start", "demo", "keys", "leads", "campaigns", "listen", "worker", "migrate"])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  expect(stdout).toContain("Begin with:");
});

test.each([
  [["nope"], 'there is no command "nope"', "Try: herald --help"],
  [["start", "--port", "70000"], "a whole number from 0 to 65535", "Try: herald start --help"],
  [
    ["keys", "create", "--name", "x", "--scopes", "read,own"],
    'There is no "own"; it can be read, write, send, admin',
    "Try: herald keys create --help",
  ],
  [["keys", "create"], "--name", "Try: herald keys create --help"],
  [["listen", "--forward-to", "localhost:3000"], "It must be an address such as http://", "Try: herald listen --help"],
])("herald %j is refused as wrong usage, with what to do", async (args, what, remedy) => {
  const { code, stdout, stderr } = await callCli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(what);
  expect(stderr).toContain(remedy);
});

test.each([
  [{ HERALD_PORT: "eight" }, 2, 'HERALD_PORT is "eight"'],
  [{ DATABASE_URL: "mysql://localhost/x" }, 2, "DATABASE_URL must have the form postgres://"],
  [
    { DATABASE_URL: "postgres://me:hidden@127.0.0.1:1/x" },
    1,
    "The database me@127.0.0.1:1/x can't be used: nothing listens there.",
  ],
  [
    { DATABASE_URL: "postgres://me:hidden/#@127.0.0.1:5432/x" },
    1,
    "The database of DATABASE_URL can't be used: its address can't be read (in a user's name or password, @ : / ? # are",
  ],
  [{ HERALD_OIDC_CLIENT_ID: "herald" }, 2, "HERALD_OIDC_CLIENT_ID is set, but HERALD_OIDC_ISSUER isn't"],
])(
  "a wrong setting %j is named in one sentence, without a stack trace and without a password",
  async (env, exit, sentence) => {
    const { code, stderr } = await callCli(["migrate"], {
      env: { HERALD_DATA: "/tmp/herald-never", HERALD_SECRET_KEY: "0".repeat(64), ...env },
    });
    expect(code).toBe(exit);
    expect(stderr).toContain(`herald: ${sentence}`);
    expect(stderr).not.toMatch(/^\s+at |hidden/m);
  },
);

test.each([
  // The port of something else: another program, a proxy that takes anything.
  ["closes the connection", (socket: Socket) => socket.destroy(), "it closed the connection; is it a PostgreSQL?"],
  ["says nothing", () => vi.advanceTimersByTime(10_000), "it doesn't answer; is it a PostgreSQL?"],
])(
  "a server in DATABASE_URL that %s is named, and waited for no longer than ten seconds",
  async (_, greet, problem) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => {}));
      // What the driver begins with: by then its clock is running.
      socket.once("data", () => greet(socket));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const env = { DATABASE_URL: `postgres://me:hidden@127.0.0.1:${port}/x`, HERALD_SECRET_KEY: "0".repeat(64) };
      const { code, stderr } = await callCli(["migrate"], { env });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `herald: The database me@127.0.0.1:${port}/x can't be used: ${problem}. Check DATABASE_URL.\n`,
      });
    } finally {
      vi.useRealTimers();
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  },
);

test("with HERALD_LOG_LEVEL=debug a failure shows its stack trace as well", async () => {
  const env = {
    DATABASE_URL: "postgres://127.0.0.1:1/x",
    HERALD_SECRET_KEY: "0".repeat(64),
    HERALD_LOG_LEVEL: "debug",
  };
  expect((await runCli(["migrate"], { env })).stderr).toMatch(/^\s+at /m);
});

test("what is compiled once is kept for the next start", async () => {
  // By the program itself, not because the run's environment names a folder.
  const env = { NODE_COMPILE_CACHE: "", NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
  await runCli(["--help"], { env });
  const { code, stderr } = await runCli(["--help"], { env });
  expect(code).toBe(0);
  expect(stderr).toMatch(/cli\/program\.ts was accepted/);
});

test.each(["", " "])("settings that are %j are not set, those that options read as well", async (nothing) => {
  const names = [
    "HERALD_URL",
    "HERALD_API_KEY",
    "HERALD_HOST",
    "HERALD_PUBLIC_URL",
    "HERALD_ALLOW_PRIVATE_DESTINATIONS",
  ];
  const env = Object.fromEntries([...names, "HERALD_NOTIFY_SMTP", "DATABASE_URL"].map((name) => [name, nothing]));
  const listening = await callCli(["listen"], { env });
  expect(listening).toMatchObject({ code: 2, stderr: expect.stringContaining("No API key was given") });
  // Nothing is at fault with the settings: it comes as far as the file.
  const applying = await callCli(["campaigns", "apply", "/nowhere.yaml"], { env });
  expect(applying.stderr).toContain("/nowhere.yaml can't be read: there is no such file");
});
