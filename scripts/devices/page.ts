// The list of devices, out of what each family says of itself.
import { FAMILIES } from "../../lib/meters/families";
import { PROFILE_GROUPS, type About, type Family } from "../../lib/meters/family";
import enUs from "./en-US.json" with { type: "json" };
import esEs from "./es-ES.json" with { type: "json" };
import switchesEnUs from "../../nodes/automation-action/locales/en-US/automation-action.json" with { type: "json" };
import switchesEsEs from "../../nodes/automation-action/locales/es-ES/automation-action.json" with { type: "json" };

/** The pages by their files. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "docs/devices.md": () => page(enUs, switchesEnUs["automation-action"].profile),
  "docs/devices.es.md": () => page(esEs, switchesEsEs["automation-action"].profile),
};

type Texts = typeof enUs;
type SwitchNames = Readonly<Record<NonNullable<About["switchedBy"]>, string>>;
type Group = keyof typeof PROFILE_GROUPS;

/** Families of which no file exists yet are left out. */
function page(texts: Texts, switches: SwitchNames): string {
  const byProfile = new Map(FAMILIES.map((family) => [family.profile, family]));
  const groups = (Object.keys(PROFILE_GROUPS) as Group[]).map((group) => {
    const families = PROFILE_GROUPS[group].flatMap((profile) => byProfile.get(profile) ?? []);
    const head = [`## ${texts.groups[group]}`, "", row(texts.columns), row(texts.columns.map(() => "---"))];
    return [...head, ...families.map((family) => familyRow(family, texts, switches)), ""];
  });
  return [`# ${texts.title}`, "", texts.languages, "", ...texts.introduction, "", ...groups.flat()].join("\n");
}

function familyRow({ profile, about }: Family, texts: Texts, switches: SwitchNames): string {
  const said = about.fields.map(
    ({ measure, from, unit }) => `${texts.measures[measure]}: ${code(from)} (${text(unit)})`,
  );
  return row([
    `**${text(about.name)}**`,
    code(profile),
    about.topics.map(code).join("<br>"),
    said.join("<br>"),
    about.tested.length > 0 ? about.tested.map(text).join(", ") : "–",
    about.switchedBy ? text(switches[about.switchedBy]) : "–",
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** As it comes; a bar would end the cell. */
function code(words: string): string {
  return words === "<any>" ? "`#`" : `\`${words.replaceAll("|", "\\|")}\``;
}

function text(words: string): string {
  return words.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
