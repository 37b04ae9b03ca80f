import { SegmentedControl, Tooltip } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { apiQuery } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { type Mode, modes, type Profile } from "./looks.tsx";
import { t } from "./texts.ts";

/** Counts at once, beside the form; only autopilot asks first, as nobody looks at what goes out from then on. */
export function ModeSwitch({ profile }: { profile: Profile }) {
  const mayWrite = useRight("assistant.write");
  const change = useChange("PATCH /v1/profiles/{id}", {
    optimistic: ({ params, body }) => ({
      queryKey: apiQuery("GET /v1/profiles/{id}", { params }).queryKey,
      change: (before) => ({ ...before, mode: body.mode }),
    }),
  });
  const set = async (mode: Mode) => {
    if (mode === "autopilot") {
      const question = { title: t.autopilotTitle, text: t.autopilotText(profile.name), action: t.autopilotAction };
      if (!(await confirm({ ...question, dangerous: false }))) return;
    }
    change.mutate({ params: { id: profile.id }, body: { mode } });
  };
  return (
    <Tooltip label={mayWrite ? t.modeTexts[profile.mode] : common.noRight}>
      <SegmentedControl
        size="xs"
        aria-label={t.mode}
        disabled={!mayWrite}
        value={profile.mode}
        onChange={(mode) => void set(mode as Mode)}
        data={modes.map((value) => ({ value, label: t.modes[value] }))}
      />
    </Tooltip>
  );
}
