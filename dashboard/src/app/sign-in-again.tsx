import { Anchor, Modal, Stack, Text } from "@mantine/core";
import { oidcAddress, useSignedIn } from "../api/session.ts";
import { useSignInAgain } from "../api/session-calls.ts";
import { signIn as t } from "../text/sign-in.ts";
import { useApiForm } from "../ui/form.ts";
import { SignInForm } from "../ui/sign-in-form.tsx";

/** Over toasts and whatever else a page has opened. */
const onTop = 1_000;

const column = { maxWidth: 400, marginInline: "auto" };

/**
 * The sign-in over a page whose session has ended: nothing of the page can be seen or reached, and all of it is kept for its person. Who signs in
 * as somebody else gets the page loaded anew (api/session.ts).
 */
export default function SignInAgain() {
  const session = useSignedIn();
  const { name, email } = session.user;
  const form = useApiForm({ initialValues: { email, password: "" } });
  const enter = useSignInAgain({ onError: form.refuse });
  return (
    <Modal
      opened
      fullScreen
      zIndex={onTop}
      onClose={() => {}}
      closeOnEscape={false}
      withCloseButton={false}
      transitionProps={{ duration: 0 }}
      styles={{ header: { ...column, marginTop: "12vh" }, body: column }}
      title={t.again}
    >
      <Stack gap="md">
        <Text size="sm">{t.ended(name)}</Text>
        <SignInForm form={form} enter={enter} ways={session.signIn} oidc={oidcAddress(session, "/")} beside />
        <Anchor component="button" size="sm" onClick={() => location.reload()}>
          {t.leave}
        </Anchor>
      </Stack>
    </Modal>
  );
}
