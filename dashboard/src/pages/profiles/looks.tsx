import type { Input, Item } from "../../api/client.ts";
import type { UseApiForm } from "../../ui/form.ts";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { t } from "./texts.ts";

export type Profile = Item<"GET /v1/profiles">;
export type Mode = Profile["mode"];

type Whole<T> = T extends readonly (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;
/** As answers show it: each field is there. */
export type Content = Whole<Input<"POST /v1/profiles">["body"]["content"]>;
export type Step = Content["followUps"][string];

export const contentOf = (profile: { content: Record<string, unknown> }) => profile.content as unknown as Content;

export const channels = ["sms", "email", "linkedin"] as const;
export const modes = ["draft", "autopilot", "off"] as const;

/** The editor's form: fields are named as the API names them, so that what it refuses stands where it belongs. */
export type ContentForm = UseApiForm<{ content: Content }>;

/** What is wrong with a field or with something in it: of lists and hours. */
export function errorUnder(form: ContentForm, path: string): string | undefined {
  const found = Object.entries(form.errors).filter(([field]) => field === path || field.startsWith(`${path}.`));
  return found.length > 0 ? found.map(([, reason]) => String(reason)).join(" ") : undefined;
}

const tones: Record<Mode, Tone> = { draft: "waiting", autopilot: "good", off: "paused" };

export function ModeBadge({ mode }: { mode: Mode }) {
  return <StatusBadge tone={tones[mode]}>{t.modes[mode]}</StatusBadge>;
}
