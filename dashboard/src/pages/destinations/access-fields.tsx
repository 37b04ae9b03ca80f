import { Alert, PasswordInput, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { Copy } from "../../ui/code-block.tsx";
import type { UseApiForm } from "../../ui/form.ts";
import { systemTexts as s } from "./system-texts.ts";
import type { KindFacts, SystemKind, SystemValues } from "./system-values.ts";
import { createTexts as c } from "./texts.ts";

interface Props {
  form: UseApiForm<SystemValues>;
  kind: SystemKind;
  facts: KindFacts | undefined;
  /** There are credentials, which stay while nothing is written. */
  kept: boolean;
}

/** How Herald is let in. */
export function AccessFields({ form, kind, facts, kept }: Props) {
  const { access } = form.values;
  const secret = { required: !kept, autoComplete: "new-password", placeholder: kept ? c.asItIs : undefined };
  const app = (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <TextInput
        label={c.clientId}
        {...{ required: !kept, placeholder: kept ? c.asItIs : undefined }}
        {...form.getInputProps("credentials.clientId")}
      />
      <PasswordInput label={c.clientSecret} {...secret} {...form.getInputProps("credentials.clientSecret")} />
    </SimpleGrid>
  );
  const redirect = access === "oauth" && (
    <Alert color="gray" p="xs">
      <Text size="sm" component="div">
        {facts?.redirectUri ? (
          <>
            {s.redirectUri} <code style={{ overflowWrap: "anywhere" }}>{facts.redirectUri}</code>{" "}
            <Copy value={facts.redirectUri} />
          </>
        ) : (
          s.noRedirectUri
        )}
      </Text>
    </Alert>
  );
  const ways = (texts: { token: string; oauth: string }) => (
    <SegmentedControl
      size="xs"
      aria-label={s.access}
      data={Object.entries(texts).map(([value, label]) => ({ value, label }))}
      {...form.getInputProps("access")}
    />
  );
  switch (kind) {
    case "hubspot":
      return (
        <Stack gap="sm">
          <div>{ways(s.hubspotWays)}</div>
          {access === "token" ? (
            <PasswordInput
              label={c.accessToken}
              description={c.accessTokenHint}
              {...secret}
              {...form.getInputProps("credentials.token")}
            />
          ) : (
            app
          )}
          {redirect}
        </Stack>
      );
    case "salesforce":
      return (
        <Stack gap="sm">
          <TextInput
            required
            label={c.domain}
            placeholder="acme.my.salesforce.com"
            {...form.getInputProps("config.domain")}
          />
          <div>{ways(s.salesforceWays)}</div>
          {app}
          {redirect}
        </Stack>
      );
    case "close":
      return <PasswordInput label={c.apiKey} {...secret} {...form.getInputProps("credentials.apiKey")} />;
    case "email":
      return null;
    default:
      return (
        <PasswordInput
          label={c.systemUrl}
          description={c.systemUrlHints[kind]}
          {...secret}
          {...form.getInputProps("credentials.url")}
        />
      );
  }
}
