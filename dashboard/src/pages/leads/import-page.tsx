import {
  Alert,
  Button,
  Card,
  Group,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import "@mantine/dropzone/styles.css";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { HeraldApiError } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { pageTitles } from "../../text/pages.ts";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { customKeys, guessTargets, headerFor, type LeadField, leadFields, type Target } from "./column-guess.ts";
import { type CsvLook, lookAt, withHeader } from "./csv.ts";
import { ImportReport, type Report } from "./import-report.tsx";
import { importTexts as t } from "./texts.ts";
import { uploadCsv } from "./upload.ts";

interface Chosen {
  file: File;
  look: CsvLook;
}

type Stage = { at: "mapping" } | { at: "sending"; share: number } | { at: "done"; report: Report };

const addresses: readonly Target[] = ["email", "phone", "linkedinUrl"];

/** The campaign whose page led here. */
const given = { campaignId: "" };

export default function ImportPage() {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const choose = async ([file]: File[]) => {
    setProblem(null);
    if (!file) return;
    try {
      const look = await lookAt(file);
      if (look) setChosen({ file, look });
      else setProblem(t.empty);
    } catch {
      setProblem(t.unreadable);
    }
  };
  return (
    <Page
      title={t.title}
      description={t.description}
      width={1080}
      breadcrumbs={<TextLink to="/leads">{pageTitles.leads}</TextLink>}
      actions={
        <Button component={Link} to="/leads/imports" variant="default">
          {t.imports}
        </Button>
      }
    >
      {problem && (
        <Alert color="red" mb="md" role="alert">
          {problem}
        </Alert>
      )}
      {chosen === null ? (
        <Dropzone
          onDrop={(files) => void choose(files)}
          onReject={() => setProblem(t.wrongFile)}
          multiple={false}
          maxSize={2 * 1024 ** 3}
          accept={{ "text/csv": [".csv", ".tsv", ".txt"], "application/vnd.ms-excel": [".csv"] }}
          inputProps={{ "aria-label": t.drop }}
          aria-label={t.drop}
        >
          <Stack align="center" gap={6} py={56}>
            <IconFileSpreadsheet size={30} stroke={1.3} aria-hidden />
            <Text fw={600}>{t.drop}</Text>
            <Text size="sm" c="dimmed">
              {t.dropHint}
            </Text>
          </Stack>
        </Dropzone>
      ) : (
        <Mapping key={chosen.file.name + chosen.file.lastModified} chosen={chosen} onOther={() => setChosen(null)} />
      )}
    </Page>
  );
}

function Mapping({ chosen: { file, look }, onOther }: { chosen: Chosen; onOther: () => void }) {
  const queries = useQueryClient();
  const mayStart = useRight("campaigns.start");
  const [targets, setTargets] = useState<Target[]>(() => guessTargets(look.header, look.rows));
  const [{ campaignId }] = useUrlState(given);
  const [options, setOptions] = useState({ tag: "", campaignId, defaultCountry: "" });
  const [stage, setStage] = useState<Stage>({ at: "mapping" });
  const [failure, setFailure] = useState<HeraldApiError | null>(null);
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } });
  const problem = useMemo(() => problemOf(targets), [targets]);

  const uploading = stage.at === "sending" && stage.share < 1;
  useEffect(() => {
    if (!uploading) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [uploading]);

  const start = async () => {
    setFailure(null);
    setStage({ at: "sending", share: 0 });
    const body = withHeader(file, look, headerFor(look.header, targets));
    try {
      const report = await uploadCsv(body, options, (share) => setStage({ at: "sending", share }));
      setStage({ at: "done", report });
      await queries.invalidateQueries({
        predicate: ({ queryKey }) => String(queryKey[0]).match(/\/v1\/(leads|imports)/) !== null,
      });
    } catch (error) {
      setFailure(error instanceof HeraldApiError ? error : null);
      setStage({ at: "mapping" });
    }
  };

  if (stage.at === "done") return <ImportReport report={stage.report} tag={options.tag} onOther={onOther} />;
  const sending = stage.at === "sending";
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Text size="sm">{file.name}</Text>
        <Button variant="subtle" color="gray" onClick={onOther} disabled={sending}>
          {t.anotherFile}
        </Button>
      </Group>
      {failure && (
        <Alert color="red" title={failure.message} role="alert">
          {failure.details.map(({ field, reason }) => (
            <Text size="sm" key={field}>
              {field}: {reason}
            </Text>
          ))}
        </Alert>
      )}
      <Card component="section" aria-label={t.columns}>
        <Title order={2} mb="sm">
          {t.columns}
        </Title>
        <Table.ScrollContainer minWidth={280}>
          <Table aria-label={t.columns}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.column}</Table.Th>
                <Table.Th visibleFrom="sm">{t.example}</Table.Th>
                <Table.Th>{t.becomes}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {look.header.map((name, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity: names may be equal or empty.
                <Table.Tr key={at}>
                  <Table.Td>{name || "–"}</Table.Td>
                  <Table.Td visibleFrom="sm">
                    <Text size="sm" c="dimmed" lineClamp={1} maw={320}>
                      {look.rows
                        .map((row) => row[at] ?? "")
                        .filter((value) => value !== "")
                        .slice(0, 3)
                        .join(", ")}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Select
                      aria-label={`${t.becomes}: ${name || at + 1}`}
                      data={[
                        ...leadFields.map((field) => ({ value: field, label: t.fields[field] })),
                        { value: "custom", label: t.custom(name || `${at + 1}`) },
                        { value: "ignore", label: t.ignore },
                      ]}
                      value={targets[at] ?? "ignore"}
                      onChange={(value) => setTargets(targets.with(at, (value ?? "ignore") as Target))}
                      allowDeselect={false}
                      searchable
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {problem && (
          <Alert color="orange" mt="sm">
            {problem}
          </Alert>
        )}
      </Card>
      <Preview look={look} targets={targets} />
      <Card component="section" aria-label={t.options}>
        <Title order={2} mb="sm">
          {t.options}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm" style={{ alignItems: "end" }}>
          <TextInput
            label={t.tag}
            description={t.tagHint}
            maxLength={100}
            value={options.tag}
            onChange={({ currentTarget }) => setOptions({ ...options, tag: currentTarget.value })}
          />
          {mayStart && (
            <Select
              label={t.campaign}
              placeholder={t.noCampaign}
              clearable
              searchable
              data={(campaigns.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              value={options.campaignId || null}
              onChange={(value) => setOptions({ ...options, campaignId: value ?? "" })}
            />
          )}
          <TextInput
            label={t.country}
            placeholder="US"
            maxLength={2}
            value={options.defaultCountry}
            onChange={({ currentTarget }) =>
              setOptions({ ...options, defaultCountry: currentTarget.value.toUpperCase() })
            }
          />
        </SimpleGrid>
      </Card>
      <div aria-live="polite" style={{ minHeight: 34 }}>
        {stage.at === "sending" ? (
          <Stack gap={6}>
            <Text size="sm">{stage.share < 1 ? t.uploading : t.storing}</Text>
            <Progress
              value={stage.share * 100}
              striped={stage.share >= 1}
              animated={stage.share >= 1}
              aria-label={t.uploading}
            />
          </Stack>
        ) : (
          <Group justify="flex-end">
            <Button onClick={() => void start()} disabled={problem !== null}>
              {t.start}
            </Button>
          </Group>
        )}
      </div>
    </Stack>
  );
}

/** Why these targets can't be imported. Null: they can. */
function problemOf(targets: readonly Target[]): string | null {
  const twice = targets.find(
    (target, at) => target !== "custom" && target !== "ignore" && targets.indexOf(target) !== at,
  );
  if (twice !== undefined) return t.twice(t.fields[twice as LeadField]);
  return targets.some((target) => addresses.includes(target)) ? null : t.needAddress;
}

function Preview({ look, targets }: { look: CsvLook; targets: readonly Target[] }) {
  const keys = customKeys(look.header, targets);
  const shown = targets.flatMap((target, at) => (target === "ignore" ? [] : [{ target, at }]));
  return (
    <Card component="section" aria-label={t.preview}>
      <Title order={2} mb="sm">
        {t.preview}
      </Title>
      <Table.ScrollContainer minWidth={480}>
        <Table aria-label={t.preview}>
          <Table.Thead>
            <Table.Tr>
              {shown.map(({ target, at }) => (
                <Table.Th key={at}>{target === "custom" ? keys[at] : t.fields[target as LeadField]}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {look.rows.slice(0, 5).map((row, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file are told by their places.
              <Table.Tr key={n}>
                {shown.map(({ at }) => (
                  <Table.Td key={at}>
                    <Text size="sm" lineClamp={1} maw={260}>
                      {row[at] ?? ""}
                    </Text>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
