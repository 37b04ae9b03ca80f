import { expect, test } from "vitest";
import { compileTemplate, renderTemplate } from "../../server/src/domain/template.ts";
import { variableOf } from "../src/pages/campaigns/steps/variable.ts";

test("what is inserted for a field is what the lead has in it, whatever the field is called", () => {
  const names = ["firstName", "job-title", "job.level", "Größe (m²)", "1st", 'so-called "size"', "owner's"];
  for (const name of names) {
    const fields = { [name]: "x" };
    const rendered = renderTemplate(compileTemplate(variableOf(name)), { ...fields, custom: fields });
    expect([name, rendered]).toEqual([name, { ok: true, text: "x" }]);
  }
});
