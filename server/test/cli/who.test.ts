import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { cliActor, userName } from "../../src/cli/who.ts";

test("a user ID that the machine has no name for, as in a container, is named by its number", () => {
  const nameless = () => {
    throw Object.assign(new Error("A system error occurred: uv_os_get_passwd returned ENOENT"), {
      code: "ERR_SYSTEM_ERROR",
    });
  };
  expect(userName(nameless)).toBe(`uid ${process.getuid?.() ?? "unknown"}`);
  expect(cliActor()).toEqual({ kind: "cli", id: userInfo().username });
});
