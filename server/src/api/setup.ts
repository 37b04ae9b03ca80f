import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { addMember } from "../db/member.ts";
import { countTry } from "../db/sign-in-try.ts";
import { anyUser, insertUser } from "../db/user.ts";
import { changeWorkspace, ensureWorkspace } from "../db/workspace.ts";
import { HeraldError } from "../domain/error.ts";
import type { SecretBox } from "../domain/seal.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { name } from "./fields.ts";
import { newPasswordInput } from "./session.ts";
import { needsSetupCode, newSessionAnswer, sessionExample, sessionSchema } from "./session-answer.ts";
import { beginSession, mostTries, newPassword, readEmail } from "./sign-in.ts";
import { invalid } from "./validate.ts";

/**
 * The code that `herald start` prints while there is nobody who could sign in: 80 bits made of the secret key, so that all
 * processes have the same one. It is good for one thing, once: when the first owner is there, nothing asks for it.
 */
export function setupCode(box: SecretBox): string {
  const bytes = createHmac("sha256", box.derive("setup code")).update("first owner").digest();
  const letters = "abcdefghjkmnpqrstvwxyz0123456789";
  return [0, 4, 8, 12]
    .map((at) => [...bytes.subarray(at, at + 4)].map((byte) => letters[byte & 31]).join(""))
    .join("-");
}

const setUp = endpoint({
  method: "POST",
  path: "/v1/setup",
  right: "none",
  tags: ["People"],
  summary: "Create the first owner",
  description:
    "Makes the owner of the first workspace and signs them in. Only while there is nobody who could sign in (`setupNeeded` of `GET /v1/session`), then 409. From anywhere but Herald's own machine it needs the code that `herald start` prints.",
  transaction: false,
  body: z.strictObject({
    email: z.string().max(320),
    name: name(),
    password: newPasswordInput,
    workspaceName: name().optional().meta({ description: "What the first workspace is called from now on." }),
    timeZone: z.string().max(100).optional().meta({ description: "Of the first workspace, as `Europe/London`." }),
    code: z.string().max(100).optional(),
  }),
  responses: { 201: sessionSchema },
  example: {
    body: { email: "ada@example.com", name: "Ada Lovelace", password: "an analytical engine" },
    response: sessionExample,
  },
  async execute({ api, request, body }) {
    if (await anyUser(api.db)) throw setUpAlready();
    const visit = request.visit();
    if (needsSetupCode(api, visit)) {
      const { tries, secondsLeft } = await countTry(api.db, `setup ${request.ip}`);
      if (tries > mostTries.address)
        throw new HeraldError("rate_limited", "Too many tries. Wait a quarter of an hour.", undefined, secondsLeft);
      requireCode(body.code, setupCode(api.box));
    }
    const email = readEmail(body.email);
    const zone = body.timeZone === undefined ? undefined : normaliseTimeZone(body.timeZone);
    if (zone && !zone.ok) throw invalid([{ field: "timeZone", reason: zone.reason }]);
    const passwordHash = await newPassword(body.password, { email, name: body.name });
    const { token, cookie } = await api.db.transaction(async (tx) => {
      // Its lock lets one of several pass at a time.
      const { workspace } = await ensureWorkspace(tx, body.workspaceName ?? "Default");
      if (await anyUser(tx)) throw setUpAlready();
      await changeWorkspace(tx, workspace.id, { name: body.workspaceName, timeZone: zone?.value });
      const user = await insertUser(tx, { email, name: body.name, passwordHash });
      if (!user) throw setUpAlready();
      await addMember(tx, workspace.id, user.id, "owner");
      const content = { email, name: body.name, role: "owner" };
      return await beginSession(tx, { api, request }, user, {
        ...{ workspaceId: workspace.id, action: "POST /v1/setup", content },
      });
    });
    return { status: 201, body: await newSessionAnswer(api, visit, token), headers: { "set-cookie": cookie } };
  },
});

function requireCode(given: string | undefined, wanted: string): void {
  const text = Buffer.from((given ?? "").trim().toLowerCase());
  if (text.length === wanted.length && timingSafeEqual(text, Buffer.from(wanted))) return;
  const reason =
    given === undefined
      ? "From another machine, or through a proxy, this needs the set-up code that `herald start` prints."
      : "This is not the set-up code. `herald start` prints it where it runs.";
  throw new HeraldError("forbidden", `code: ${reason}`, [{ field: "code", reason }]);
}

function setUpAlready(): HeraldError {
  return new HeraldError(
    "conflict",
    "Herald has its first owner already. Sign in; who has lost the password can have a new one by `herald users reset-password`.",
  );
}

export const setupEndpoints: readonly Endpoint[] = [setUp];
