import type { Transaction } from "kysely";
import type { Reading } from "../energy/reading";
import type { Ruling } from "../energy/register";
import { SAID, type Schema } from "./schema";

type Trx = Transaction<Schema>;
type Said = (typeof SAID)[number];

export interface StandingRulings {
  /** At most one a value. */
  readonly rulings: readonly Ruling[];
  /** Of them, those on what whole readings say that a person took in. */
  readonly believed: readonly Ruling[];
}

export const NO_RULINGS: StandingRulings = { rulings: [], believed: [] };

/** A whole reading that a person took in is believed in all that it says, and nothing else that was said at its instant. */
export async function standingRulings(trx: Trx, meter: number): Promise<StandingRulings> {
  const rows = await trx
    .selectFrom("ruling")
    .select(["at", "path", "kind", "value"])
    .where("meter", "=", meter)
    .where("undoneAt", "is", null)
    .orderBy("id")
    .execute();
  const takenIn = rows.filter(({ path, kind }) => path === "*" && (kind === "accept" || kind === "edit"));
  const aside = trx.selectFrom("quarantine").select("value").where("meter", "=", meter).where("path", "=", "*");
  const believed: Ruling[] = [];
  for (const { at: stamped, value } of takenIn) {
    const readings = (await aside.where("at", "=", stamped).execute()).map((row) => JSON.parse(row.value) as Reading);
    const isSaid = (measure: Said): boolean =>
      readings.some((reading) => reading[measure] !== undefined || reading.electrical?.phases !== undefined);
    for (const path of SAID.filter(isSaid)) believed.push({ at: value ?? stamped, path, kind: "accept" });
  }
  const others = rows.map(({ at, path, kind, value }) => ({
    at,
    path,
    kind: kind as Ruling["kind"],
    ...(value !== null && { value }),
  }));
  // What is decided on one of its values comes last, and counts.
  return { rulings: [...believed, ...others], believed };
}
