import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { type Role, roles } from "../domain/rights.ts";
import { Failure } from "./failure.ts";
import { paragraphs, print, table } from "./print.ts";
import { configOf, type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";
import { cliActor } from "./who.ts";

interface UserOptions extends DataOption {
  json?: boolean;
}

interface PasswordOptions extends UserOptions {
  passwordStdin?: boolean;
}

interface CreateOptions extends PasswordOptions, WorkspaceOption {
  name: string;
  role: Role;
}

type Db = import("../db/pool.ts").Database;
type Queryable = import("../db/pool.ts").Queryable;

export function usersCommand(): Command {
  const users = new Command("users")
    .summary("list people who sign in, make one, set a lost password anew")
    .description(
      paragraphs(
        `For whoever runs Herald: people and their passwords, on the database directly. It works without a password, and whether or not Herald runs.`,
      ),
    )
    .helpCommand(false);
  return users.addCommand(listCommand()).addCommand(createCommand()).addCommand(resetCommand());
}

function listCommand(): Command {
  return withCommonOptions(new Command("list").summary("list everybody, with their workspaces and roles"))
    .addHelpText(
      "after",
      `
Examples:
  herald users list
  herald users list --json | jq -r '.[] | select(.workspaces == []) | .email'`,
    )
    .action(async (options: UserOptions) => {
      const { listUsers } = await import("../db/user.ts");
      const users = await withDb(options, (db) => listUsers(db));
      if (options.json) return print(JSON.stringify(users));
      if (users.length === 0)
        return print(
          "There is nobody yet. The dashboard's first page makes the first owner; so does: herald users create",
        );
      const rows = users.map(({ email, name, hasPassword, oidc, workspaces }) => [
        ...[email, name],
        [...(hasPassword ? ["password"] : []), ...(oidc ? ["OIDC"] : [])].join(", ") || "nothing yet",
        workspaces.map((one) => `${one.name} (${one.id}): ${one.role}`).join(", ") || "none",
      ]);
      print(table([["ADDRESS", "NAME", "SIGNS IN BY", "WORKSPACES"], ...rows]));
    });
}

function createCommand(): Command {
  return withCommonOptions(
    new Command("create")
      .summary("make somebody who can sign in, and print their password, once")
      .description(
        paragraphs(`Makes an account in a workspace and prints its password once. An address that has an account already is taken
into the workspace, and its password stays.`),
      )
      .argument("<email>", "the address by which they sign in")
      .requiredOption("--name <name>", "what others see")
      .addOption(new Option("--role <role>", "what they may do, see docs/people.md").choices(roles).default("owner"))
      .addOption(workspaceOption())
      .addOption(passwordOption()),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald users create ada@example.com --name "Ada Lovelace"
  herald users create charles@example.com --name "Charles Babbage" --role viewer
  pass show herald | herald users create ada@example.com --name "Ada Lovelace" --password-stdin`,
    )
    .action(async (email: string, options: CreateOptions) => {
      const address = await readAddress(email);
      const made = await withDb(options, (db) => create(db, address, options));
      if (options.json) return print(JSON.stringify(made));
      print(`${made.name} (${made.email}) is ${made.role} of ${made.workspaceId}.`);
      if (made.password !== null) sayPassword(made.password);
      else if (!options.passwordStdin) print("They had an account already: their password is what it was.");
    });
}

async function create(db: Db, email: string, options: CreateOptions) {
  const [{ accountByEmail, insertUser }, { addMember }, { workspaceIdOf }] = await Promise.all([
    import("../db/user.ts"),
    import("../db/member.ts"),
    import("./with-database.ts"),
  ]);
  const name = options.name.trim();
  if (name === "" || name.length > 200) throw new Failure("A name has 1 to 200 characters.", { exitCode: 2 });
  const known = await accountByEmail(db, email);
  const chosen = known ? null : await choosePassword(options, { email, name });
  const workspaceId = await workspaceIdOf(db, options.workspace);
  return await db.transaction(async (tx) => {
    const user = known ?? (await insertUser(tx, { email, name, passwordHash: chosen!.hash }));
    if (!user) throw new Failure(`${email} has just got an account by other hands; run this again.`);
    if (!(await addMember(tx, workspaceId, user.id, options.role)))
      throw new Failure(`${email} is in ${workspaceId} already; an owner or admin changes roles in the dashboard.`);
    await record(tx, [workspaceId], "users create", user.id, { email, name: user.name, role: options.role });
    const { role } = options;
    return { id: user.id, email, name: user.name, role, workspaceId, password: chosen?.printed ?? null };
  });
}

function resetCommand(): Command {
  return withCommonOptions(
    new Command("reset-password")
      .summary("give somebody a new password, and print it, once")
      .description(
        paragraphs(`Gives somebody a new password, prints it once, and ends all of their sessions. Tries to sign in that were too many are
forgotten.`),
      )
      .argument("<email>", "the address by which they sign in")
      .addOption(passwordOption()),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald users reset-password ada@example.com
  pass show herald | herald users reset-password ada@example.com --password-stdin`,
    )
    .action(async (email: string, options: PasswordOptions) => {
      const address = await readAddress(email);
      const { user, password } = await withDb(options, (db) => reset(db, address, options));
      if (options.json) return print(JSON.stringify({ id: user.id, email: user.email, name: user.name, password }));
      print(`${user.name} (${user.email}) has a new password, and is signed out everywhere.`);
      if (password !== null) sayPassword(password);
    });
}

async function reset(db: Db, email: string, options: PasswordOptions) {
  const [{ accountByEmail, changeUser }, { endSessions }, { workspacesOf }, { forgetTries, ofAccount }] =
    await Promise.all([
      import("../db/user.ts"),
      import("../db/session.ts"),
      import("../db/member.ts"),
      import("../db/sign-in-try.ts"),
    ]);
  const account = await accountByEmail(db, email);
  if (!account) throw new Failure(`There is nobody with the address ${email}; herald users list shows everybody.`);
  const { hash, printed } = await choosePassword(options, account);
  return await db.transaction(async (tx) => {
    const user = await changeUser(tx, account.id, { passwordHash: hash });
    const ended = await endSessions(tx, user.id);
    await forgetTries(tx, ofAccount(email));
    const workspaces = (await workspacesOf(tx, user.id)).map(({ id }) => id);
    await record(tx, workspaces, "users reset-password", user.id, { email, endedSessions: ended });
    return { user, password: printed };
  });
}

/** A new password: that of standard input, else one that is made here, of 120 random bits, and printed. */
async function choosePassword(options: PasswordOptions, about: { email: string; name: string }) {
  const { Passwords, passwordProblem } = await import("../domain/password.ts");
  const given = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, "") : null;
  const problem = given === null ? null : passwordProblem(given, about);
  if (problem !== null) throw new Failure(problem);
  const password = given ?? randomBytes(15).toString("base64url");
  return { hash: await new Passwords().hash(password), printed: given === null ? password : null };
}

function sayPassword(password: string): void {
  print();
  print(`  ${password}`);
  print();
  print("This is the password. It is shown only this once; they can change it when they have signed in.");
}

async function readAddress(email: string): Promise<string> {
  const { normaliseEmail } = await import("../domain/email-address.ts");
  const address = normaliseEmail(email);
  if (!address.ok) throw new Failure(address.reason, { exitCode: 2 });
  return address.value;
}

/** In the audit trail of each workspace that it is about. */
async function record(tx: Queryable, workspaces: string[], action: string, target: string, content: object) {
  const { recordActs } = await import("../db/audit.ts");
  const actor = cliActor();
  await recordActs(
    tx,
    workspaces.map((workspaceId) => ({ workspaceId, actor, action, target, content })),
  );
}

const passwordOption = () => new Option("--password-stdin", "take the password from standard input, and print none");

function withCommonOptions(command: Command): Command {
  return command.option("--json", "print JSON, for programs").addOption(dataOption());
}

async function withDb<T>(options: DataOption, work: (db: Db) => Promise<T>): Promise<T> {
  const config = configOf(options);
  const { withDatabase } = await import("./with-database.ts");
  return await withDatabase(config, work);
}
