import { Command } from "commander";
import { paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption } from "./settings.ts";

interface DoctorOptions extends DataOption {
  json?: boolean;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("check an installation, and say what to do")
    .description(
      paragraphs(`Checks the database, the clocks, the disk, the queues and the processes of an installation, and says for each thing that
isn't as it should be what to do. It changes nothing. Exits with 1 if something is broken; warnings alone are 0.`),
    )
    .option("--json", "print JSON, for programs")
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald doctor
  herald doctor --json | jq '.[] | select(.state != "ok")'`,
    )
    .action(async (options: DoctorOptions) => {
      const { examine } = await import("./checkup.ts");
      const findings = await examine(configOf(options));
      if (options.json) print(JSON.stringify(findings));
      else {
        for (const { state, about, detail, remedy } of findings) {
          print(`${{ ok: "ok  ", warning: "WARN", broken: "FAIL" }[state]}  ${about}: ${detail}`);
          if (remedy) print(`      ${remedy}`);
        }
      }
      if (findings.some(({ state }) => state === "broken")) process.exitCode = 1;
    });
}
