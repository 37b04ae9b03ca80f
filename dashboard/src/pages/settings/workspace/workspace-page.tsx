import { Coming } from "../../../ui/coming.tsx";
import { SettingsFrame } from "../settings-frame.tsx";
import { t } from "./texts.ts";

export default function WorkspacePage() {
  return (
    <SettingsFrame title={t.title}>
      <Coming />
    </SettingsFrame>
  );
}
