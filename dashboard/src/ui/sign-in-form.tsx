import { Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Session } from "../api/session.ts";
import { signIn as t } from "../text/sign-in.ts";
import type { UseApiForm } from "./form.ts";
import { FormFailure } from "./form-failure.tsx";

/** Who signs in: what the form begins with. */
export const nobodyYet = { email: "", password: "" };

interface Props {
  form: UseApiForm<typeof nobodyYet>;
  enter: { mutate: (body: typeof nobodyYet) => void; isPending: boolean };
  /** By what one can sign in here. */
  ways: Session["signIn"];
  /** Where the browser goes for the identity provider; null: there is none. */
  oidc: string | null;
  /** The provider is gone to in a tab of its own, and this page stays. */
  beside?: boolean;
}

/** The fields of a sign-in, and the way over the identity provider. What is typed first has the focus: there is nothing else to do here. */
export function SignInForm({ form, enter, ways, oidc, beside }: Props) {
  const isKnown = form.getInitialValues().email !== "";
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <>
      {ways.password && (
        <form onSubmit={form.onSubmit((body) => enter.mutate(body))}>
          <Stack gap="sm">
            <FormFailure form={form} />
            <TextInput
              label={t.email}
              type="email"
              autoComplete="username"
              required
              {...(!isKnown && { ref: first })}
              {...form.getInputProps("email")}
            />
            <PasswordInput
              label={t.password}
              autoComplete="current-password"
              required
              // A dialog gives the focus to this one.
              {...(isKnown && { ref: first, "data-autofocus": true })}
              {...form.getInputProps("password")}
            />
            <Button type="submit" size="sm" fullWidth loading={enter.isPending}>
              {t.submit}
            </Button>
          </Stack>
        </form>
      )}
      {ways.oidc && oidc && (
        <>
          {ways.password && <Divider label={t.or} />}
          <Button
            component="a"
            variant="default"
            size="sm"
            fullWidth
            href={oidc}
            {...(beside && { target: "_blank", rel: "noopener" })}
          >
            {t.with(ways.oidc.name)}
          </Button>
        </>
      )}
      {ways.password && (
        <Text size="xs" c="dimmed">
          {t.forgotten}
        </Text>
      )}
    </>
  );
}
