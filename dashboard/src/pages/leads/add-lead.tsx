import { Button, Group, Modal, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { HeraldApiError } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

const fields = [
  ["firstName", t.firstName],
  ["lastName", t.lastName],
  ["company", t.company],
  ["email", t.email],
  ["phone", t.phone],
  ["linkedinUrl", t.linkedinUrl],
] as const;

const initialValues = {
  ...{ firstName: "", lastName: "", company: "", email: "", phone: "", linkedinUrl: "" },
  tags: [] as string[],
};

/** One lead, written by hand. One who is known already is shown as they are: nothing of them changes. */
export function AddLead({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const form = useApiForm({ initialValues });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const add = useChange("POST /v1/leads", {
    outdates: ["leads"],
    onDone: ({ leadIds, leadsAdded, errors = [] }) => {
      if (leadIds[0]) {
        unsaved.release();
        toast(leadsAdded > 0 ? t.leadAdded : t.leadKnown);
        onClose();
        void router.navigate({ to: `/leads/${leadIds[0]}` });
        return;
      }
      // What is wrong with one of many is no refusal of the call.
      const details = errors.map(({ field, reason }) => ({ field, reason }));
      form.refuse(new HeraldApiError(t.leadInvalid, { statusCode: 400, code: "invalid_request", details }));
    },
    onError: form.refuse,
  });
  const submit = ({ tags, ...values }: typeof initialValues) => {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));
    add.mutate({ body: { leads: [{ ...given, ...(tags.length > 0 && { tags }) }] } });
  };
  return (
    <Modal
      opened
      onClose={() => void close()}
      title={t.add}
      size="lg"
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
            {fields.map(([name, label], index) => (
              <TextInput
                key={name}
                label={label}
                data-autofocus={index === 0 || undefined}
                {...form.getInputProps(name)}
              />
            ))}
          </SimpleGrid>
          <TagsInput label={t.tags} {...form.getInputProps("tags")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={!form.isDirty()}>
              {t.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
