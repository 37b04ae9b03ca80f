import { expect, test } from "vitest";
import { checkCustomHeaders } from "../../src/domain/custom-headers.ts";

const problemsOf = (headers: Record<string, string>) => checkCustomHeaders(headers).problems;

test("tokens and field values pass, with names in lower case", () => {
  const given = {
    "X-Tenant": "acme",
    Authorization: "Bearer abc def=",
    "user-agent": "Ours/1",
    "x!#$%&'*+.^_`|~9": "a\tb",
  };
  expect(checkCustomHeaders(given)).toEqual({
    headers: {
      "x-tenant": "acme",
      authorization: "Bearer abc def=",
      "user-agent": "Ours/1",
      "x!#$%&'*+.^_`|~9": "a\tb",
    },
    problems: [],
  });
});

test("what frames, routes or signs the request is refused, in any case", () => {
  for (const name of [
    ...[
      "Host",
      "content-length",
      "Transfer-Encoding",
      "connection",
      "TE",
      "trailer",
      "upgrade",
      "keep-alive",
      "expect",
    ],
    ...["proxy-authorization", "proxy-connection", "content-type", "content-encoding", "X-Signature-SHA256"],
    ...["webhook-id", "Webhook-Signature", "webhook-anything", "herald-test"],
  ]) {
    expect(problemsOf({ [name]: "x" }), name).toHaveLength(1);
  }
});

test("a name that is no token and a value that is no field value are refused, without the value in the message", () => {
  for (const name of ["", "a b", "a:b", "ä", "a\r\nb", "x".repeat(101)])
    expect(problemsOf({ [name]: "x" }), name).toHaveLength(1);
  for (const value of ["", " hush", "hush ", "hu\r\nsh", "hu\0sh", "hüsh", "h".repeat(4_001)]) {
    const [problem, ...more] = problemsOf({ "x-a": value });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ field: "headers.x-a" });
    expect(problem!.reason).not.toMatch(/h.{0,3}sh/);
  }
  expect(problemsOf({ "X-A": "1", "x-a": "2" })).toHaveLength(1);
  expect(problemsOf(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-${n}`, "1"])))).toEqual([
    { field: "headers", reason: expect.stringContaining("at most 20") },
  ]);
});
