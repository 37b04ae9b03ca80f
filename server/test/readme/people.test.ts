import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { invitationDays } from "../../src/db/invitation.ts";
import { sessionDays, sessionIdleDays } from "../../src/db/session.ts";
import { tryMinutes } from "../../src/db/sign-in-try.ts";
import { passwordLength, passwordParameters } from "../../src/domain/password.ts";
import { rights, rightTable, roles, rolesWith, scopesWith } from "../../src/domain/rights.ts";
import { tableRows } from "./markdown.ts";
import { root } from "./shell.ts";

const text = readFileSync(join(root, "docs/people.md"), "utf8");

test("docs/people.md has the table of rights as the code has it", () => {
  const rows = tableRows(text, "right", "to", ...roles, "scopes of keys");
  expect(rows).toEqual(
    rights.map((right) => [
      ...[`\`${right}\``, rightTable[right].means],
      ...roles.map((role) => (rolesWith(right).includes(role) ? "yes" : "no")),
      scopesWith(right)
        .map((scope) => `\`${scope}\``)
        .join(", ") || "none",
    ]),
  );
});

test("its numbers are those of the code", () => {
  expect([invitationDays, sessionIdleDays, sessionDays, tryMinutes, passwordLength.min]).toEqual([7, 7, 30, 15, 10]);
  expect(passwordParameters).toMatchObject({ memory: 19 * 1024, passes: 2 });
  for (const words of [
    "works once, for seven days",
    "a week without a call, after thirty days",
    "at least ten characters",
  ])
    expect(text.replace(/\s+/g, " ")).toContain(words);
});
