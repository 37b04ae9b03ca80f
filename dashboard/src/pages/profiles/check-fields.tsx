import { NumberInput, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { type ContentForm, errorUnder } from "./looks.tsx";
import { t } from "./texts.ts";

/** What an answer must pass before it goes out. */
export function CheckFields({ form }: { form: ContentForm }) {
  const { content } = form.values;
  return (
    <Stack gap="md">
      <TagsInput
        label={t.mustNotSay}
        description={t.mustNotSayText}
        splitChars={[]}
        value={content.mustNotSay}
        onChange={(value) => form.setFieldValue("content.mustNotSay", value)}
        error={errorUnder(form, "content.mustNotSay")}
      />
      <TextInput
        label={t.bookingLink}
        description={t.bookingLinkText}
        type="url"
        {...form.getInputProps("content.bookingLink")}
        value={content.bookingLink ?? ""}
        onChange={({ currentTarget: { value } }) => form.setFieldValue("content.bookingLink", value || null)}
      />
      <TagsInput
        label={t.allowedLinks}
        description={t.allowedLinksText}
        splitChars={[" "]}
        value={content.allowedLinks}
        onChange={(value) => form.setFieldValue("content.allowedLinks", value)}
        error={errorUnder(form, "content.allowedLinks")}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NumberInput
          label={t.maxLength}
          description={t.maxLengthText}
          min={20}
          allowDecimal={false}
          thousandSeparator=","
          {...form.getInputProps("content.maxLength")}
          value={content.maxLength ?? ""}
          onChange={(value) => form.setFieldValue("content.maxLength", typeof value === "number" ? value : null)}
        />
        <NumberInput
          label={t.maxSegments}
          description={" "}
          min={1}
          max={10}
          allowDecimal={false}
          {...form.getInputProps("content.maxSmsSegments")}
        />
        <NumberInput
          label={t.turnLimit}
          description={t.turnLimitText}
          min={1}
          max={200}
          allowDecimal={false}
          {...form.getInputProps("content.turnLimit")}
        />
      </SimpleGrid>
    </Stack>
  );
}
