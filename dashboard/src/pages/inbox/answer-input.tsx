import { Combobox, Text, Textarea, useCombobox } from "@mantine/core";
import { type KeyboardEvent, type RefObject, useState } from "react";
import type { Snippet } from "./snippets.tsx";
import { t } from "./texts.ts";

/** A slash at the beginning of a word, and what is typed behind it, before the caret. */
export const begunSnippet = /(^|\s)\/([\p{L}\p{M}\p{N}-]*)$/u;

interface Props {
  area: RefObject<HTMLTextAreaElement | null>;
  value: string;
  snippets: readonly Snippet[];
  onChange: (value: string) => void;
  onSnippet: (one: Snippet) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** The answer's text; behind `/` the team's templates are offered. */
export function AnswerInput({ area, value, snippets, onChange, onSnippet, onKeyDown }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const offered =
    typed === null ? [] : snippets.filter(({ name }) => name.startsWith(typed.toLowerCase())).slice(0, 10);
  const open = combobox.dropdownOpened && offered.length > 0;
  const look = () => {
    const { selectionStart = 0, value: now = "" } = area.current ?? {};
    const found = begunSnippet.exec(now.slice(0, selectionStart))?.[2];
    setTyped(found ?? null);
    if (found === undefined) combobox.closeDropdown();
    else {
      combobox.openDropdown();
      combobox.selectFirstOption();
    }
  };
  const choose = (id: string) => {
    const one = snippets.find((snippet) => snippet.id === id);
    combobox.closeDropdown();
    setTyped(null);
    if (one) onSnippet(one);
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} position="top-start" width={300} withinPortal>
      <Combobox.Target withAriaAttributes={false} withKeyboardNavigation={open} targetType="input">
        <Textarea
          ref={area}
          aria-label={t.answer}
          placeholder={t.answerPlaceholder}
          minRows={2}
          maxRows={10}
          value={value}
          onKeyDown={(event) => {
            // Only the list closes, not what is around it.
            if (event.key === "Escape" && open) {
              event.stopPropagation();
              combobox.closeDropdown();
            } else onKeyDown(event);
          }}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
            look();
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={!open}>
        <Combobox.Options aria-label={t.templates} mah={240} style={{ overflowY: "auto" }}>
          {offered.map(({ id, name, text }) => (
            <Combobox.Option key={id} value={id}>
              <Text size="sm" fw={600}>
                /{name}
              </Text>
              <Text size="xs" c="dimmed" lineClamp={1}>
                {text}
              </Text>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
