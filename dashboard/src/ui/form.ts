import { type UseFormInput, useForm } from "@mantine/form";
import { useEffect, useRef, useState } from "react";
import { HeraldApiError } from "../api/client.ts";

/**
 * Mantine's form, whose fields take what the API says about them: `details` name fields by their paths ("smsHours.from",
 * "steps.0.body"), as Mantine does. What belongs to no field is `failure`, for `<FormFailure>`.
 *
 *     const form = useApiForm({ initialValues: { name: "" } });
 *     const create = useChange("POST /v1/senders", { onDone: close, onError: form.refuse });
 *     <form onSubmit={form.onSubmit((body) => create.mutate({ body }))}>
 *       <FormFailure form={form} />
 *       <TextInput label={t.name} {...form.getInputProps("name")} />
 */
export function useApiForm<Values extends object>(input: UseFormInput<Values>) {
  const form = useForm<Values>(input);
  const [failure, setFailure] = useState<HeraldApiError | null>(null);
  const refuse = (error: unknown) => {
    const known =
      error instanceof HeraldApiError ? error : new HeraldApiError(String(error), { statusCode: 0, code: "internal" });
    const ofFields = known.details.flatMap(({ field, reason }) => {
      const place = placeOf(form.getValues(), field);
      return place === null ? [] : [[place, reason] as const];
    });
    if (ofFields.length > 0) form.setErrors(Object.fromEntries(ofFields));
    // Said at its field, it needn't be said above all of them, too.
    setFailure(ofFields.length > 0 && ofFields.length === known.details.length ? null : known);
  };
  const sent = useRef<Values | null>(null);
  const onSubmit: typeof form.onSubmit = (handle, invalid) => {
    const submit = form.onSubmit((values, event) => {
      sent.current = structuredClone(form.getValues());
      return handle(values, event);
    }, invalid);
    return (event) => {
      setFailure(null);
      return submit(event);
    };
  };
  /** What the server has now, after a save: each field takes it, but those that were changed while the save was under way. */
  const takeSaved = (saved: Values) => {
    const later = sent.current ? changesOf(form.getValues(), sent.current) : {};
    form.setInitialValues(structuredClone(saved));
    form.setValues({ ...saved, ...later });
  };
  return { ...form, onSubmit, refuse, failure, takeSaved };
}

/**
 * Where a form shows what is said of a field: at the field; what is said of one entry of a list of words, or of a list that is
 * written in one line, at the whole of it. Null: the form has no such field.
 */
function placeOf(values: unknown, path: string): string | null {
  const parts = path.split(".");
  let at: unknown = values;
  for (const [depth, part] of parts.entries()) {
    const whole = parts.slice(0, depth).join(".");
    if (typeof at !== "object" || at === null) return whole || null;
    if (Array.isArray(at) && at.every((entry) => typeof entry !== "object")) return whole || null;
    if (!(part in at)) return null;
    at = (at as Record<string, unknown>)[part];
  }
  return path;
}

/** A form in which nobody is writing takes what others changed meanwhile; one with changes of its own keeps them. */
export function useFreshValues<Values extends object>(form: UseApiForm<Values>, values: Values): void {
  const text = JSON.stringify(values);
  const taken = useRef(text);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change at the server.
  useEffect(() => {
    if (text === taken.current) return;
    taken.current = text;
    if (form.isDirty()) return;
    form.setInitialValues(structuredClone(values));
    form.setValues(values);
  }, [text]);
}

/** What of `now` isn't as in `before`, by its first keys: for a PATCH that leaves to others what they changed. */
export function changesOf<T extends object>(now: T, before: T): Partial<T> {
  const isOther = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before[name as keyof T]);
  return Object.fromEntries(Object.entries(now).filter(isOther)) as Partial<T>;
}

/** For parts of a form that are components of their own. */
export type UseApiForm<Values extends object> = ReturnType<typeof useApiForm<Values>>;
