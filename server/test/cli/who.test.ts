import { userInfo } from "node:os";
import { expect, test, vi } from "vitest";
import { cliActor, userName } from "../../src/cli/who.ts";

vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>();
  return { ...os, userInfo: vi.fn(os.userInfo) };
});

test("a user ID that the machine has no name for, as in a container, is named by its number", () => {
  vi.mocked(userInfo).mockImplementationOnce(() => {
    throw Object.assign(new Error("A system error occurred: uv_os_get_passwd returned ENOENT"), {
      code: "ERR_SYSTEM_ERROR",
    });
  });
  expect(cliActor()).toEqual({ kind: "cli", id: `uid ${process.getuid?.() ?? "unknown"}` });
  expect(userName()).toBe(userInfo().username);
});
