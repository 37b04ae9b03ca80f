import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useApi } from "../../api/query.ts";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { ProfileEditor } from "./profile-editor.tsx";
import { t } from "./texts.ts";

export default function ProfilePage() {
  const { profileId } = useParams({ strict: false }) as { profileId: string };
  const { data, error, refetch } = useApi("GET /v1/profiles/{id}", { params: { id: profileId } });
  const breadcrumbs = <TextLink to="/profiles">{t.title}</TextLink>;
  if (error && !data) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  // Another one's, while this one loads.
  if (!data || data.id !== profileId) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        <Skeleton height={480} />
      </Page>
    );
  }
  return <ProfileEditor key={data.id} profile={data} />;
}
