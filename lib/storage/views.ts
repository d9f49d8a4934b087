import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Dialect } from "./dialect";

const QUARTER_MS = 900_000;

/** Epoch ms as the database's own time, in UTC. */
function instant(ms: RawBuilder<unknown>, dialect: Dialect): RawBuilder<unknown> {
  if (dialect === "postgres") return sql`to_timestamp(${ms} / 1000.0)`;
  // Not `from_unixtime`, which speaks of the session's zone.
  if (dialect === "mysql") return sql`timestamp('1970-01-01') + interval (${ms} * 1000) microsecond`;
  return sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`;
}

/** What Grafana and other programs read; documented in `docs/sql.md`. */
export async function makeViews(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const ref = (name: string) => sql.ref(name);
  const kwh = (column: string) => sql`${ref(column)} / 1000.0`;
  const energies = sql.join([
    sql`${kwh("q.importWh")} as import_kwh`,
    sql`${kwh("q.exportWh")} as export_kwh`,
    sql`${ref("q.volumeM3")} as volume_m3`,
    sql`case when ${ref("q.powerMs")} > 0 then ${ref("q.powerWms")} / ${ref("q.powerMs")} / 1000.0 end as mean_kw`,
    sql`${kwh("q.minW")} as min_kw`,
    sql`${kwh("q.maxW")} as max_kw`,
  ]);
  const covered = (ms: RawBuilder<unknown>) =>
    sql`${ref("q.measuredMs")} * 1.0 / ${ms} as measured, ${ref("q.estimatedMs")} * 1.0 / ${ms} as estimated`;
  const name = sql`${ref("m.key")} as meter, ${ref("m.role")} as role`;

  const views: Record<string, RawBuilder<unknown>> = {
    energy_quarter: sql`
      select ${instant(ref("q.start"), dialect)} as time, ${name}, ${energies}, ${covered(sql.lit(QUARTER_MS))}
      from ${sql.table("quarter")} as q join ${sql.table("meter")} as m on ${ref("m.id")} = ${ref("q.meter")}`,
    energy_day: sql`
      select ${instant(ref("q.start"), dialect)} as time, ${ref("q.zone")} as zone, ${name}, ${energies},
        ${covered(sql`(${ref("q.end")} - ${ref("q.start")})`)}
      from ${sql.table("day")} as q join ${sql.table("meter")} as m on ${ref("m.id")} = ${ref("q.meter")}`,
    energy_alert: sql`
      select ${instant(ref("a.at"), dialect)} as time, ${instant(ref("a.clearedAt"), dialect)} as cleared,
        ${ref("a.meter")} as meter, ${ref("a.rule")} as rule, ${ref("a.body")} as body
      from ${sql.table("alert")} as a`,
    energy_data: sql`
      select ${id("r.at", dialect)} as id, ${instant(ref("r.at"), dialect)} as timestamp,
        ${kwh("r.powerW")} as consumption, ${ref("m.key")} as meter
      from ${sql.table("reading")} as r join ${sql.table("meter")} as m on ${ref("m.id")} = ${ref("r.meter")}
      where ${ref("r.powerW")} is not null
      union all
      select ${id("q.start", dialect)}, ${instant(ref("q.start"), dialect)},
        ${ref("q.powerWms")} / ${ref("q.powerMs")} / 1000.0, ${ref("m.key")}
      from ${sql.table("quarter")} as q join ${sql.table("meter")} as m on ${ref("m.id")} = ${ref("q.meter")}
      where ${ref("q.powerMs")} > 0 and not exists (
        select 1 from ${sql.table("reading")} as h
        where ${ref("h.minute")} >= ${ref("q.start")} / 60000 and ${ref("h.minute")} < ${ref("q.start")} / 60000 + 15
          and ${ref("h.meter")} = ${ref("q.meter")})`,
  };
  for (const [view, select] of Object.entries(views)) {
    await sql`drop view if exists ${sql.table(view)}`.execute(db);
    await sql`create view ${sql.table(view)} as ${select}`.execute(db);
  }
}

/** Tells a row of `energy_data` from every other. */
function id(at: string, dialect: Dialect): RawBuilder<unknown> {
  const [meter, instant] = [sql.ref("m.id"), sql.ref(at)];
  return dialect === "mysql" ? sql`concat(${meter}, '-', ${instant})` : sql`${meter} || '-' || ${instant}`;
}
