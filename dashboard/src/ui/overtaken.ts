import { common } from "../text/common.ts";
import { formatList } from "../text/format.ts";
import { confirm } from "./confirm.tsx";

type Fields = Readonly<Record<string, unknown>>;

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);

interface Change {
  /** What is about to be sent: only fields that were changed here. */
  mine: Fields;
  /** All of these fields, as they were when the form was opened. */
  before: Fields;
  /** The same as Herald has them now. Null: they couldn't be had, and the change fails by itself, too. */
  now: Fields | null;
  /** What people call the fields. */
  names: Readonly<Record<string, string>>;
}

/**
 * For forms that send only what was changed: of a field that somebody else has changed meanwhile as well, to something else, the
 * last one would win without a word. Asks the person where that is so; true: it may be sent.
 *
 *     const now = await client.request("GET /v1/workspace").catch(() => null);
 *     if (await mayReplace({ mine, before, now: now && bodyOf(now), names })) save.mutate({ body: mine });
 */
export async function mayReplace({ mine, before, now, names }: Change): Promise<boolean> {
  if (now === null) return true;
  const both = Object.keys(mine).filter(
    (field) => differ(now[field], before[field]) && differ(now[field], mine[field]),
  );
  if (both.length === 0) return true;
  const said = both.map((field) => {
    const [name, value] = [names[field] ?? field, now[field]];
    return typeof value === "string" || typeof value === "number"
      ? common.isNow(name, String(value).slice(0, 200))
      : name;
  });
  const text = common.overtakenText(formatList(said));
  return await confirm({ title: common.overtakenTitle, text, action: common.saveMine });
}
