import { ActionIcon, Combobox, Menu, ScrollArea, Textarea, Tooltip, useCombobox } from "@mantine/core";
import { IconBraces } from "@tabler/icons-react";
import { memo, useCallback, useLayoutEffect, useRef, useState } from "react";
import { t } from "./texts.ts";
import { variableOf } from "./variable.ts";

export interface Variables {
  standard: readonly string[];
  custom: readonly { name: string; example: string }[];
}

interface Props {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  variables: Variables;
  error?: string | undefined;
  readOnly: boolean;
  /** One line: a subject, a title. */
  single?: boolean;
  mono?: boolean;
}

/** What stands between `{{` and the caret, where a variable's name is being written. */
const begun = /\{\{-?\s*([\w.]*)$/;

/**
 * A template: variables are offered behind `{{`, and by a button for who doesn't know that. It is rendered again where what it shows is another, and
 * not for each key in one of a dozen beside it: each would measure its height anew.
 */
export function TemplateInput({ onChange, ...shown }: Props) {
  const latest = useRef(onChange);
  useLayoutEffect(() => {
    latest.current = onChange;
  });
  const change = useCallback((value: string) => latest.current(value), []);
  return <Field {...shown} onChange={change} />;
}

const Field = memo(TemplateField);

function TemplateField({ label, description, value, onChange, variables, error, readOnly, single, mono }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const names = [...variables.standard, ...variables.custom.map(({ name }) => name)];
  const offered =
    typed === null ? [] : names.filter((name) => name.toLowerCase().includes(typed.toLowerCase())).slice(0, 12);
  const look = () => {
    const { selectionStart = 0, value: now = "" } = area.current ?? {};
    const found = begun.exec(now.slice(0, selectionStart))?.[1];
    setTyped(found ?? null);
    if (found === undefined) combobox.closeDropdown();
    else {
      combobox.openDropdown();
      combobox.selectFirstOption();
    }
  };
  /** In place of what is begun at the caret, else at the caret. */
  const insert = (name: string) => {
    const element = area.current;
    if (!element) return;
    const { selectionStart: from, selectionEnd: to } = element;
    const before = value.slice(0, from).replace(begun, "");
    const after = value.slice(to).replace(/^[\w.]*\s*-?\}\}/, "");
    const variable = variableOf(name);
    onChange(before + variable + after);
    setTyped(null);
    combobox.closeDropdown();
    const caret = before.length + variable.length;
    // The value comes with the next render.
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(caret, caret);
    });
  };
  const open = combobox.dropdownOpened && offered.length > 0;
  return (
    <Combobox store={combobox} onOptionSubmit={insert} position="bottom-start" width={280} withinPortal>
      <Combobox.Target withAriaAttributes={false} withKeyboardNavigation={open} targetType="input">
        <Textarea
          ref={area}
          label={label}
          description={description}
          value={value}
          error={error}
          readOnly={readOnly}
          minRows={single ? 1 : 4}
          maxRows={single ? 3 : 18}
          spellCheck
          styles={{
            input: { ...(mono && { fontFamily: "var(--mantine-font-family-monospace)" }), paddingInlineEnd: 36 },
          }}
          rightSection={!readOnly && <InsertMenu label={label} variables={variables} onInsert={insert} />}
          rightSectionProps={{ style: { alignItems: "flex-start", paddingTop: single ? 5 : 6 } }}
          onChange={({ currentTarget }) => {
            onChange(single ? currentTarget.value.replaceAll(/\n/g, " ") : currentTarget.value);
            look();
          }}
          onBlur={() => combobox.closeDropdown()}
          onKeyDown={(event) => {
            // Only the list closes, not what is around it.
            if (event.key === "Escape" && open) {
              event.stopPropagation();
              combobox.closeDropdown();
            }
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={!open}>
        <Combobox.Options aria-label={t.insertInto(label)} mah={240} style={{ overflowY: "auto" }}>
          {offered.map((name) => (
            <Combobox.Option key={name} value={name} fz="sm">
              {name}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface InsertProps {
  label: string;
  variables: Variables;
  onInsert: (name: string) => void;
}

function InsertMenu({ label, variables, onInsert }: InsertProps) {
  return (
    <Menu position="bottom-end" returnFocus={false}>
      <Menu.Target>
        <Tooltip label={t.insert}>
          <ActionIcon size="sm" aria-label={t.insertInto(label)}>
            <IconBraces size={15} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={320} type="auto">
          <Menu.Label>{t.standard}</Menu.Label>
          {variables.standard.map((name) => (
            <Menu.Item key={name} onClick={() => onInsert(name)}>
              {name}
            </Menu.Item>
          ))}
          {variables.custom.length > 0 && <Menu.Label>{t.custom}</Menu.Label>}
          {variables.custom.map(({ name, example }) => (
            <Menu.Item key={name} onClick={() => onInsert(name)} rightSection={<Example text={example} />}>
              {name}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}

const Example = ({ text }: { text: string }) => (
  <span
    style={{
      color: "var(--muted)",
      fontSize: 11,
      maxWidth: 140,
      overflow: "hidden",
      textOverflow: "ellipsis",
      whiteSpace: "nowrap",
    }}
  >
    {text}
  </span>
);
