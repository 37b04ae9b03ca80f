import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

export interface SystemUser {
  uid: number;
  gid: number;
}

/** The ordinary user that owns the server when Herald runs as root (PostgreSQL refuses to run as root). */
export function serverUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  const lookUp = () => ({
    uid: Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
    gid: Number(execFileSync("id", ["-g", "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
  });
  try {
    return lookUp();
  } catch {
    try {
      execFileSync(
        "useradd",
        ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"],
        { stdio: "ignore" },
      );
      return lookUp();
    } catch (error) {
      throw new Error(
        "Herald was started as root and can't create the user `postgres` for its database. Start Herald as an ordinary user, or set DATABASE_URL.",
        { cause: error },
      );
    }
  }
}

/** Whether a user that is neither owner nor in the group can pass through every folder above `path`. */
function reachableByOthers(path: string): boolean {
  for (let dir = dirname(resolve(path)); ; dir = dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

/**
 * The command line that runs `binary` as `user`. Below a folder closed to others (root's home, a temporary folder), the
 * user gets the one capability that lets it pass: it reads no more than Herald itself, which runs as root there.
 */
export function commandAs(
  user: SystemUser | null,
  paths: string[],
  binary: string,
  args: string[],
): [string, string[]] {
  if (!user || paths.every(reachableByOthers)) return [binary, args];
  const cap = "+dac_read_search";
  return [
    "setpriv",
    [
      // Without it the capability would be gone from what `access` looks at, which initdb asks about its own program.
      "--securebits",
      "+no_setuid_fixup",
      "--reuid",
      String(user.uid),
      "--regid",
      String(user.gid),
      "--clear-groups",
      "--inh-caps",
      cap,
      "--ambient-caps",
      cap,
      binary,
      ...args,
    ],
  ];
}
