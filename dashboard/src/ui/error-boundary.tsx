import { Code, Group, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { HeraldApiError } from "../api/client.ts";
import { common } from "../text/common.ts";
import { ReloadButton } from "./missing-part.tsx";
import { ErrorState } from "./state.tsx";

interface Props {
  children: ReactNode;
  /** When it changes, what was broken is tried again: the page's address. */
  resetKey?: string;
}

/**
 * A part of a route that can't be had: there is no network, or Herald was updated while the page was open, and its files have other names now.
 */
const isStale = (error: unknown) =>
  error instanceof Error && /dynamically imported module|module script|preload CSS/i.test(error.message);

/** Keeps a failure to the part in which it happened. */
export class ErrorBoundary extends Component<Props, { error: unknown; key: string | undefined }> {
  override state = { error: null as unknown, key: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ resetKey }: Props, state: { key: string | undefined }) {
    return resetKey === state.key ? null : { error: null, key: resetKey };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <Broken error={error} retry={() => this.setState({ error: null })} />;
  }
}

/** What is to be done about what broke: a call that failed is made again, a page is loaded again. */
export function Broken({ error, retry }: { error: unknown; retry: () => void }) {
  return error instanceof HeraldApiError ? <ErrorState error={error} retry={retry} /> : <BrokenPage error={error} />;
}

/** What is to be done about a page that broke, or whose code couldn't be had. */
export function BrokenPage({ error }: { error: unknown }) {
  const stale = isStale(error);
  return (
    <Stack gap="sm" p="xl" maw={640} role="alert">
      <Title order={1}>{stale ? common.updatedTitle : common.brokenTitle}</Title>
      <Text size="sm">{stale ? common.updatedText : common.brokenText}</Text>
      {!stale && <Code block>{error instanceof Error ? error.message : String(error)}</Code>}
      <Group>
        <ReloadButton />
      </Group>
    </Stack>
  );
}
