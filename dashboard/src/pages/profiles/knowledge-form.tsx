import { Button, FileButton, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useRef } from "react";
import type { Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import type { Knowledge } from "./knowledge.tsx";
import { t } from "./texts.ts";

type Body = Input<"POST /v1/profiles/{id}/knowledge">["body"];

const languages = [
  ...["simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french"],
  ...["german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali"],
  ...["norwegian", "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish"],
];
/** Bytes that the API takes. */
const largestFile = 10 * 1024 * 1024;
const fileTypes =
  ".pdf,.docx,.md,.csv,.txt,text/*,application/pdf,application/vnd.openxmlformats-officedocument.wordprocessingml.document";

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
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const chooseAgain = useRef<() => void>(null);
  const options = {
    outdates: ["knowledge", "profiles"],
    onDone: () => {
      toast(t.knowledgeSaved);
      unsaved.release();
      onClose();
    },
    onError: form.refuse,
  };
  const add = useChange("POST /v1/profiles/{id}/knowledge", options);
  const replace = useChange("PUT /v1/knowledge/{id}", options);
  const take = useChange("POST /v1/knowledge/text", {
    outdates: [],
    onDone: ({ title, text, pages }) => {
      form.setFieldValue("content", text);
      if (form.getValues().title.trim() === "") form.setFieldValue("title", title);
      toast(t.fileTaken(text.length, pages));
    },
    // It stands where its text would.
    onError: ({ message }) => form.setFieldError("content", message),
  });
  const read = async (file: File | null) => {
    if (!file) return;
    // The same file again, once it was mended, is a choice as well.
    chooseAgain.current?.();
    form.clearFieldError("content");
    if (file.size > largestFile) return form.setFieldError("content", t.fileTooLarge(file.name));
    const data = await base64Of(file).catch(() => null);
    if (data === null) return form.setFieldError("content", t.fileFailed(file.name));
    take.mutate({ body: { name: nameOf(file), data } });
  };
  return (
    <Modal
      opened
      onClose={() => void close()}
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
          <Text size="xs" c="dimmed" id="from-file">
            {t.fromFileText}
          </Text>
          <Group justify="space-between" gap="xs">
            <FileButton accept={fileTypes} resetRef={chooseAgain} onChange={(file) => void read(file)}>
              {(button) => (
                <Button
                  {...button}
                  aria-describedby="from-file"
                  variant="default"
                  loading={take.isPending}
                  leftSection={<IconFileText size={14} aria-hidden />}
                >
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

/** A name as the API takes it: on one line, not too long. */
const nameOf = ({ name }: File) =>
  name
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(-200)
    .toWellFormed() || "file";

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    // `data:application/pdf;base64,JVBERi0...`
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
