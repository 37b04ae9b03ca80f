import { Coming } from "../../ui/coming.tsx";
import { Page } from "../../ui/page.tsx";
import { t } from "./texts.ts";

export default function SourcesPage() {
  return (
    <Page title={t.title}>
      <Coming />
    </Page>
  );
}
