CREATE TABLE "advice" ("adviser" varchar(64) not null, "id" varchar(200) not null, "body" text not null, constraint "advice_key" primary key ("adviser", "id"));

CREATE TABLE "alert" ("id" varchar(64) primary key, "at" bigint not null, "rule" varchar(64) not null, "meter" varchar(200), "clearedAt" bigint, "body" text not null);

CREATE TABLE "chunk" ("meter" integer not null, "start" bigint not null, "end" bigint not null, "count" integer not null, "says" integer not null, "codec" varchar(16) not null, "crc" bigint not null, "body" blob not null, constraint "chunk_key" primary key ("meter", "start"));

CREATE TABLE "correction" ("id" integer primary key autoincrement, "meter" integer not null, "start" bigint not null, "end" bigint not null, "kind" varchar(16) not null, "importWh" double precision, "exportWh" double precision, "volumeM3" double precision, "by" varchar(100) not null, "madeAt" bigint not null, "undoneAt" bigint, "undoneBy" varchar(100));

CREATE TABLE "damaged" ("meter" integer not null, "start" bigint not null, "end" bigint not null, "count" integer not null, "says" integer not null, "codec" varchar(16) not null, "crc" bigint not null, "body" blob not null, "id" integer primary key autoincrement, "foundAt" bigint not null);

CREATE TABLE "day" ("meter" integer not null, "start" bigint not null, "importWh" double precision not null, "exportWh" double precision not null, "volumeM3" double precision not null, "powerMs" double precision not null, "powerWms" double precision not null, "minW" double precision, "maxW" double precision, "measuredMs" double precision not null, "estimatedMs" double precision not null, "end" bigint not null, "zone" varchar(64) not null, constraint "day_key" primary key ("meter", "start")) without rowid;

CREATE TABLE "delivery" ("session" varchar(200) not null, "slot" integer not null, "seq" bigint not null, "packetId" integer not null, "hash" varchar(255) not null, constraint "delivery_key" primary key ("session", "slot")) without rowid;

CREATE TABLE "dirty" ("meter" integer not null, "start" bigint not null, constraint "dirty_key" primary key ("meter", "start")) without rowid;

CREATE TABLE "handover" ("target" varchar(200) not null, "sender" varchar(64) not null, "n" bigint not null, "at" bigint not null, "body" text not null, constraint "handover_key" primary key ("target", "sender", "n")) without rowid;

CREATE TABLE "instance" ("id" varchar(64) primary key, "until" bigint not null);

CREATE TABLE "interval" ("meter" integer not null, "start" bigint not null, "end" bigint not null, "importWh" double precision, "exportWh" double precision, "volumeM3" double precision, constraint "interval_key" primary key ("meter", "start", "end")) without rowid;

CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);

CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);

CREATE TABLE "lease" ("id" varchar(200) primary key, "owner" varchar(64) not null);

CREATE TABLE "memory" ("owner" varchar(64) not null, "key" varchar(200) not null, "value" text not null, constraint "memory_key" primary key ("owner", "key"));

CREATE TABLE "meter" ("id" integer primary key autoincrement, "key" varchar(200) not null unique, "role" varchar(16) not null, "gapLimitMs" bigint not null, "staleMs" bigint, "maxPowerW" double precision, "rolloverWh" double precision, "netting" varchar(16), "parent" varchar(200), "formula" text, "serial" varchar(100), "serialAt" bigint, "firstAt" bigint, "says" integer default 0 not null);

CREATE TABLE "month" ("meter" integer not null, "start" bigint not null, "importWh" double precision not null, "exportWh" double precision not null, "volumeM3" double precision not null, "powerMs" double precision not null, "powerWms" double precision not null, "minW" double precision, "maxW" double precision, "measuredMs" double precision not null, "estimatedMs" double precision not null, "end" bigint not null, "zone" varchar(64) not null, constraint "month_key" primary key ("meter", "start")) without rowid;

CREATE TABLE "quarantine" ("meter" integer not null, "at" bigint not null, "path" varchar(100) not null, "value" text not null, "reason" varchar(32) not null, "energyWh" double precision, "noted" integer default 0 not null, constraint "quarantine_key" primary key ("meter", "at", "path", "value"));

CREATE TABLE "quarter" ("meter" integer not null, "start" bigint not null, "importWh" double precision not null, "exportWh" double precision not null, "volumeM3" double precision not null, "powerMs" double precision not null, "powerWms" double precision not null, "minW" double precision, "maxW" double precision, "measuredMs" double precision not null, "estimatedMs" double precision not null, "registers" text, constraint "quarter_key" primary key ("meter", "start")) without rowid;

CREATE TABLE "reading" ("minute" bigint not null, "meter" integer not null, "at" bigint not null, "powerW" double precision, "importWh" double precision, "exportWh" double precision, "volumeM3" double precision, "more" text, "imported" integer default 0 not null, constraint "reading_key" primary key ("minute", "meter", "at")) without rowid;

CREATE TABLE "ruling" ("id" integer primary key autoincrement, "meter" integer not null, "at" bigint not null, "path" varchar(100) not null, "kind" varchar(16) not null, "value" double precision, "by" varchar(100) not null, "madeAt" bigint not null, "undoneAt" bigint, "undoneBy" varchar(100));

CREATE TABLE "session" ("hash" varchar(64) primary key, "tokenId" varchar(64) not null, "expiresAt" bigint not null);

CREATE TABLE "token" ("id" varchar(64) primary key, "hash" varchar(64) not null, "body" text not null);

CREATE INDEX "alert_at" on "alert" ("at");

CREATE INDEX "correction_meter" on "correction" ("meter", "start");

CREATE INDEX "ruling_value" on "ruling" ("meter", "at");

CREATE VIEW "energy_alert" as 
      select strftime('%Y-%m-%dT%H:%M:%fZ', "a"."at" / 1000.0, 'unixepoch') as time, strftime('%Y-%m-%dT%H:%M:%fZ', "a"."clearedAt" / 1000.0, 'unixepoch') as cleared,
        "a"."meter" as meter, "a"."rule" as rule, "a"."body" as body
      from "alert" as a;

CREATE VIEW "energy_data" as 
      select "m"."id" || '-' || "r"."at" as id, strftime('%Y-%m-%dT%H:%M:%fZ', "r"."at" / 1000.0, 'unixepoch') as timestamp,
        "r"."powerW" / 1000.0 as consumption, "m"."key" as meter
      from "reading" as r join "meter" as m on "m"."id" = "r"."meter"
      where "r"."powerW" is not null
      union all
      select "m"."id" || '-' || "q"."start", strftime('%Y-%m-%dT%H:%M:%fZ', "q"."start" / 1000.0, 'unixepoch'),
        "q"."powerWms" / "q"."powerMs" / 1000.0, "m"."key"
      from "quarter" as q join "meter" as m on "m"."id" = "q"."meter"
      where "q"."powerMs" > 0 and not exists (
        select 1 from "reading" as h
        where "h"."minute" >= "q"."start" / 60000 and "h"."minute" < "q"."start" / 60000 + 15
          and "h"."meter" = "q"."meter");

CREATE VIEW "energy_day" as 
      select strftime('%Y-%m-%dT%H:%M:%fZ', "q"."start" / 1000.0, 'unixepoch') as time, "q"."zone" as zone, "m"."key" as meter, "m"."role" as role, "q"."importWh" / 1000.0 as import_kwh, "q"."exportWh" / 1000.0 as export_kwh, "q"."volumeM3" as volume_m3, case when "q"."powerMs" > 0 then "q"."powerWms" / "q"."powerMs" / 1000.0 end as mean_kw, "q"."minW" / 1000.0 as min_kw, "q"."maxW" / 1000.0 as max_kw,
        "q"."measuredMs" * 1.0 / ("q"."end" - "q"."start") as measured, "q"."estimatedMs" * 1.0 / ("q"."end" - "q"."start") as estimated
      from "day" as q join "meter" as m on "m"."id" = "q"."meter";

CREATE VIEW "energy_quarter" as 
      select strftime('%Y-%m-%dT%H:%M:%fZ', "q"."start" / 1000.0, 'unixepoch') as time, "m"."key" as meter, "m"."role" as role, "q"."importWh" / 1000.0 as import_kwh, "q"."exportWh" / 1000.0 as export_kwh, "q"."volumeM3" as volume_m3, case when "q"."powerMs" > 0 then "q"."powerWms" / "q"."powerMs" / 1000.0 end as mean_kw, "q"."minW" / 1000.0 as min_kw, "q"."maxW" / 1000.0 as max_kw, "q"."measuredMs" * 1.0 / 900000 as measured, "q"."estimatedMs" * 1.0 / 900000 as estimated
      from "quarter" as q join "meter" as m on "m"."id" = "q"."meter";
