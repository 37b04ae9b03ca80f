import { ActionIcon, Group, Paper, Select, Text, Title, UnstyledButton } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useApi } from "../../../api/query.ts";
import { formatNumber } from "../../../text/format.ts";
import classes from "./calendar.module.css";
import type { Forecast } from "./forecast-tab.tsx";
import { daysOf, type HourCount, nameOfDay, nameOfHour } from "./hours.ts";
import { t } from "./texts.ts";

const perPage = 14;
const allHours = Array.from({ length: 24 }, (_, hour) => hour);

/**
 * Days as rows, hours as columns, darker where more goes out; the chosen field says through whom. It is its own table, so
 * that no second one is needed. Arrow keys move between fields.
 */
export function Calendar({ forecast, timeZone }: { forecast: Forecast; timeZone: string }) {
  const [channel, setChannel] = useState<string | null>(null);
  const [senderId, setSenderId] = useState<string | null>(null);
  const [page, setPage] = useState(0);
  const [chosen, setChosen] = useState<{ date: string; hour: number } | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const senders = useApi("GET /v1/senders", { query: { limit: 100 } });
  const nameOf = (id: string) => senders.data?.data.find((sender) => sender.id === id)?.name ?? id;
  const { hours } = forecast;
  const days = useMemo(() => {
    const matching = hours.filter(
      (each) => (channel === null || each.channel === channel) && (senderId === null || each.senderId === senderId),
    );
    return daysOf(matching, timeZone);
  }, [hours, channel, senderId, timeZone]);
  const channels = [...new Set(hours.map((each) => each.channel))];
  const senderIds = [...new Set(hours.map((each) => each.senderId))];
  // A working day at least; nights only where something goes out in them.
  const used = allHours.filter((hour) => days.some((day) => day.hours[hour] !== undefined));
  const shownHours = allHours.slice(Math.min(8, used[0] ?? 8), Math.max(18, (used.at(-1) ?? 0) + 1));
  const most = Math.max(1, ...days.flatMap((day) => day.hours.map((field) => sum(field))));
  const pages = Math.max(1, Math.ceil(days.length / perPage));
  const from = Math.min(page, pages - 1) * perPage;
  const shown = days.slice(from, from + perPage);
  const field = chosen && days.find(({ date }) => date === chosen.date)?.hours[chosen.hour];
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = {
      ...{ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] },
    };
    const step = steps[event.key];
    const place = (event.target as HTMLElement).dataset.place?.split(" ").map(Number);
    if (!step || !place) return;
    event.preventDefault();
    const next = `${place[0]! + step[0]} ${place[1]! + step[1]}`;
    table.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus();
  };
  return (
    <Paper withBorder bg="var(--raised)">
      <Group justify="space-between" gap="sm" p="sm" pb={4} align="flex-start">
        <div>
          <Title order={3} id="calendar-title">
            {t.calendar}
          </Title>
          <Text size="xs" c="dimmed">
            {t.calendarText(timeZone)}
          </Text>
        </div>
        <Group gap="xs">
          {channels.length > 1 && (
            <Select
              size="xs"
              w={130}
              aria-label={t.channel}
              placeholder={t.allChannels}
              clearable
              clearButtonProps={{ "aria-label": t.allChannels }}
              value={channel}
              onChange={setChannel}
              data={channels.map((value) => ({ value, label: t.channels[value] }))}
            />
          )}
          {senderIds.length > 1 && (
            <Select
              size="xs"
              w={180}
              aria-label={t.sender}
              placeholder={t.allSenders}
              clearable
              clearButtonProps={{ "aria-label": t.allSenders }}
              value={senderId}
              onChange={setSenderId}
              data={senderIds.map((value) => ({ value, label: nameOf(value) }))}
            />
          )}
        </Group>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={classes.scroll} tabIndex={0} aria-labelledby="calendar-title">
        <table ref={table} className={classes.table} aria-labelledby="calendar-title" onKeyDown={onKeyDown}>
          <thead>
            <tr>
              <th scope="col" className={classes.day}>
                {t.day}
              </th>
              {shownHours.map((hour) => (
                <th key={hour} scope="col">
                  {String(hour).padStart(2, "0")}
                </th>
              ))}
              <th scope="col" className={classes.total}>
                {t.total}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((day, row) => (
              <tr key={day.date}>
                <th scope="row" className={classes.day}>
                  {nameOfDay(day.date)}
                </th>
                {shownHours.map((hour, column) => {
                  const count = sum(day.hours[hour]);
                  const name = nameOfDay(day.date);
                  const isChosen = chosen?.date === day.date && chosen.hour === hour;
                  return (
                    <td key={hour}>
                      <UnstyledButton
                        className={classes.field}
                        data-level={levelOf(count, most)}
                        data-chosen={isChosen || undefined}
                        data-place={`${row} ${column}`}
                        tabIndex={row === 0 && column === 0 ? 0 : -1}
                        aria-pressed={isChosen}
                        aria-label={
                          count === 0 ? t.cellNone(name, nameOfHour(hour)) : t.cell(name, nameOfHour(hour), count)
                        }
                        onClick={() => setChosen(isChosen ? null : { date: day.date, hour })}
                      >
                        {count === 0 ? "" : formatNumber(count)}
                      </UnstyledButton>
                    </td>
                  );
                })}
                <td className={classes.total}>{formatNumber(day.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Group justify="space-between" gap="sm" p="sm" pt={6} mih={56} align="flex-start">
        <div aria-live="polite">
          {chosen && field ? (
            <Chosen title={t.chosen(nameOfDay(chosen.date), nameOfHour(chosen.hour))} field={field} nameOf={nameOf} />
          ) : (
            <Text size="xs" c="dimmed">
              {t.chosenHint}
            </Text>
          )}
        </div>
        {pages > 1 && (
          <Group gap={4}>
            <ActionIcon aria-label={t.earlier} disabled={from === 0} onClick={() => setPage(page - 1)}>
              <IconChevronLeft size={15} />
            </ActionIcon>
            <Text size="xs" c="dimmed">
              {t.daysShown(from + 1, Math.min(from + perPage, days.length), days.length)}
            </Text>
            <ActionIcon aria-label={t.later} disabled={from + perPage >= days.length} onClick={() => setPage(page + 1)}>
              <IconChevronRight size={15} />
            </ActionIcon>
          </Group>
        )}
      </Group>
    </Paper>
  );
}

const sum = (field: readonly HourCount[] | undefined) => (field ?? []).reduce((all, { messages }) => all + messages, 0);

/** 0 to 4; a single message shows, too. */
const levelOf = (count: number, most: number) => (count === 0 ? 0 : Math.max(1, Math.ceil((4 * count) / most)));

interface ChosenProps {
  title: string;
  field: readonly HourCount[];
  nameOf: (senderId: string) => string;
}

function Chosen({ title, field, nameOf }: ChosenProps) {
  return (
    <>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {field.map(({ channel, senderId, messages }) => (
        <Text key={channel + senderId} size="sm">
          {t.channels[channel]} · {nameOf(senderId)}: {t.messages(messages)}
        </Text>
      ))}
    </>
  );
}
