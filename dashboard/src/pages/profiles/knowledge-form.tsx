import { Button, FileButton, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import type { Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Knowledge } from "./knowledge.tsx";
import { t } from "./texts.ts";

type Body = Input<"POST /v1/profiles/{id}/knowledge">["body"];

const languages = [
  ...["simple", "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian"],
  ...["norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "turkish"],
];
const longest = 500_000;

/** A text, written here or taken from a file. */
export function KnowledgeForm(props: { profileId: string; knowledge: Knowledge | null; onClose: () => void }) {
  const { profileId, knowledge, onClose } = props;
  const form = useApiForm({
    initialValues: {
      title: knowledge?.title ?? "",
      content: knowledge?.content ?? "",
      language: knowledge?.language ?? "english",
    },
  });
  const options = {
    outdates: ["knowledge", "profiles"],
    onDone: () => {
      toast(t.knowledgeSaved);
      onClose();
    },
    onError: form.refuse,
  };
  const add = useChange("POST /v1/profiles/{id}/knowledge", options);
  const replace = useChange("PUT /v1/knowledge/{id}", options);
  const read = async (file: File | null) => {
    if (!file) return;
    const text = await file.text();
    // What is no text has characters that no text has.
    if (text.includes("\0") || text.includes("\uFFFD") || text.length > longest) {
      form.setFieldError("content", t.fileFailed(file.name));
      return;
    }
    form.setFieldValue("content", text);
    if (form.values.title === "") form.setFieldValue("title", file.name.slice(0, 200));
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={knowledge ? t.editKnowledge : t.addKnowledge}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form
        onSubmit={form.onSubmit((values) => {
          const body = values as Body;
          if (knowledge) replace.mutate({ params: { id: knowledge.id }, body });
          else add.mutate({ params: { id: profileId }, body });
        })}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput label={t.knowledgeTitle} required data-autofocus {...form.getInputProps("title")} />
          <Textarea
            label={t.knowledgeContent}
            description={t.knowledgeContentText}
            required
            minRows={8}
            maxRows={20}
            {...form.getInputProps("content")}
          />
          <Select
            label={t.language}
            description={t.languageText}
            data={languages}
            allowDeselect={false}
            searchable
            {...form.getInputProps("language")}
          />
          <Group justify="space-between" gap="xs">
            <FileButton accept="text/*,.md,.csv,.txt" onChange={(file) => void read(file)}>
              {(button) => (
                <Button {...button} variant="default" leftSection={<IconFileText size={14} aria-hidden />}>
                  {t.fromFile}
                </Button>
              )}
            </FileButton>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
              <Button type="submit" loading={add.isPending || replace.isPending}>
                {common.save}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
