import type { Role } from "../energy/reading";

/** Beginnings of words in English, Spanish, German, French, Italian, Dutch, Portuguese and Catalan; `=` stands before a whole word. */
const WORDS: Readonly<Partial<Record<Role, readonly string[]>>> = {
  battery: ["batter", "bateri", "akku", "accu", "powerwall", "speicher", "acumulador", "acumulat", "=bess", "=ess"],
  ev: [
    ...["wallbox", "evse", "charger", "chargepoint", "loadpoint", "ladestation", "ladepunkt", "ladesaul", "cargador"],
    ...["carregador", "laadpaal", "easee", "zappi", "=ev", "=car", "=coche", "=cotxe", "=voiture", "=carro", "=borne"],
  ],
  solar: [
    ...["solar", "solair", "photovolt", "fotovolt", "inverter", "inversor", "onduleur", "wechselrichter", "omvormer"],
    ...["zonnepane", "sonne", "=pv", "=fv", "=placas", "=panels", "=paneles", "=panells"],
  ],
  grid: [
    ...["grid", "mains", "netz", "hausanschluss", "hauptzahler", "stromzahler", "smartmeter", "acometida", "linky"],
    ...["stroomnet", "=utility", "=red", "=rete", "=rede", "=reseau", "=xarxa", "=evu", "=p1", "=dsmr"],
  ],
  gas: ["gas", "=gaz"],
  water: ["water", "wasser", "=agua", "=aigua", "=eau", "=acqua"],
};

/** A list of words: more is no name. */
const MOST_WORDS = 40;

const tells = (words: readonly string[] = []): RegExp => {
  const known = words.map((word) => (word.startsWith("=") ? `${word.slice(1)}(?= |$)` : word));
  return new RegExp(`(?:^| )(?:${known.join("|")})`);
};
const told = (roles: readonly Role[]): readonly (readonly [Role, RegExp])[] =>
  roles.map((role) => [role, tells(WORDS[role])] as const);
const IN_VOLUME = told(["gas", "water"]);
const IN_WATTS = told(["battery", "ev", "solar", "grid"]);

/** What a meter may measure, judged by the words of its name and topic; `load` where none tells. `isVolume`: it counts m³, not watts. */
export function guessRole(text: string, isVolume: boolean): Role {
  const words = wordsIn(text).join(" ");
  const [role] = (isVolume ? IN_VOLUME : IN_WATTS).find(([, pattern]) => pattern.test(words)) ?? [];
  return role ?? "load";
}

/** The words of a name, without case and accents: `TallerGas`, `zähler_1`. */
export function wordsIn(text: string): readonly string[] {
  return text
    .slice(0, 300)
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/, MOST_WORDS)
    .filter(Boolean);
}
