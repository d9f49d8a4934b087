CREATE TABLE `advice` (
  `adviser` varchar(64) NOT NULL,
  `id` varchar(200) NOT NULL,
  `body` longtext NOT NULL,
  PRIMARY KEY (`adviser`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `alert` (
  `id` varchar(64) NOT NULL,
  `at` bigint(20) NOT NULL,
  `rule` varchar(64) NOT NULL,
  `meter` varchar(200) DEFAULT NULL,
  `clearedAt` bigint(20) DEFAULT NULL,
  `body` longtext NOT NULL,
  PRIMARY KEY (`id`),
  KEY `alert_at` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `chunk` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `end` bigint(20) NOT NULL,
  `count` int(11) NOT NULL,
  `says` int(11) NOT NULL,
  `codec` varchar(16) NOT NULL,
  `crc` bigint(20) NOT NULL,
  `body` longblob NOT NULL,
  PRIMARY KEY (`meter`,`start`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `correction` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `end` bigint(20) NOT NULL,
  `kind` varchar(16) NOT NULL,
  `importWh` double DEFAULT NULL,
  `exportWh` double DEFAULT NULL,
  `volumeM3` double DEFAULT NULL,
  `by` varchar(100) NOT NULL,
  `madeAt` bigint(20) NOT NULL,
  `undoneAt` bigint(20) DEFAULT NULL,
  `undoneBy` varchar(100) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `correction_meter` (`meter`,`start`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `damaged` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `end` bigint(20) NOT NULL,
  `count` int(11) NOT NULL,
  `says` int(11) NOT NULL,
  `codec` varchar(16) NOT NULL,
  `crc` bigint(20) NOT NULL,
  `body` longblob NOT NULL,
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `foundAt` bigint(20) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `day` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `importWh` double NOT NULL,
  `exportWh` double NOT NULL,
  `volumeM3` double NOT NULL,
  `powerMs` double NOT NULL,
  `powerWms` double NOT NULL,
  `minW` double DEFAULT NULL,
  `maxW` double DEFAULT NULL,
  `measuredMs` double NOT NULL,
  `estimatedMs` double NOT NULL,
  `end` bigint(20) NOT NULL,
  `zone` varchar(64) NOT NULL,
  PRIMARY KEY (`meter`,`start`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `delivery` (
  `session` varchar(200) NOT NULL,
  `slot` int(11) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `packetId` int(11) NOT NULL,
  `hash` varchar(255) NOT NULL,
  PRIMARY KEY (`session`,`slot`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `dirty` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `mark` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`meter`,`start`,`mark`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `handover` (
  `target` varchar(200) NOT NULL,
  `sender` varchar(64) NOT NULL,
  `n` bigint(20) NOT NULL,
  `at` bigint(20) NOT NULL,
  `body` longtext NOT NULL,
  PRIMARY KEY (`target`,`sender`,`n`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `instance` (
  `id` varchar(64) NOT NULL,
  `until` bigint(20) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `interval` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `end` bigint(20) NOT NULL,
  `importWh` double DEFAULT NULL,
  `exportWh` double DEFAULT NULL,
  `volumeM3` double DEFAULT NULL,
  PRIMARY KEY (`meter`,`start`,`end`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `kysely_migration` (
  `name` varchar(255) NOT NULL,
  `timestamp` varchar(255) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `kysely_migration_lock` (
  `id` varchar(255) NOT NULL,
  `is_locked` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `lease` (
  `id` varchar(200) NOT NULL,
  `owner` varchar(64) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `memory` (
  `owner` varchar(64) NOT NULL,
  `key` varchar(200) NOT NULL,
  `value` longtext NOT NULL,
  PRIMARY KEY (`owner`,`key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `meter` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `key` varchar(200) NOT NULL,
  `role` varchar(16) NOT NULL,
  `gapLimitMs` bigint(20) NOT NULL,
  `staleMs` bigint(20) DEFAULT NULL,
  `maxPowerW` double DEFAULT NULL,
  `rolloverWh` double DEFAULT NULL,
  `netting` varchar(16) DEFAULT NULL,
  `parent` varchar(200) DEFAULT NULL,
  `formula` longtext DEFAULT NULL,
  `serial` varchar(100) DEFAULT NULL,
  `serialAt` bigint(20) DEFAULT NULL,
  `firstAt` bigint(20) DEFAULT NULL,
  `says` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `key` (`key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `month` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `importWh` double NOT NULL,
  `exportWh` double NOT NULL,
  `volumeM3` double NOT NULL,
  `powerMs` double NOT NULL,
  `powerWms` double NOT NULL,
  `minW` double DEFAULT NULL,
  `maxW` double DEFAULT NULL,
  `measuredMs` double NOT NULL,
  `estimatedMs` double NOT NULL,
  `end` bigint(20) NOT NULL,
  `zone` varchar(64) NOT NULL,
  PRIMARY KEY (`meter`,`start`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `quarantine` (
  `meter` int(11) NOT NULL,
  `at` bigint(20) NOT NULL,
  `path` varchar(100) NOT NULL,
  `value` longtext NOT NULL,
  `reason` varchar(32) NOT NULL,
  `energyWh` double DEFAULT NULL,
  `noted` int(11) NOT NULL DEFAULT 0,
  `digest` char(32) GENERATED ALWAYS AS (md5(concat(`path`,' ',`value`))) STORED,
  UNIQUE KEY `quarantine_key` (`meter`,`at`,`digest`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `quarter` (
  `meter` int(11) NOT NULL,
  `start` bigint(20) NOT NULL,
  `importWh` double NOT NULL,
  `exportWh` double NOT NULL,
  `volumeM3` double NOT NULL,
  `powerMs` double NOT NULL,
  `powerWms` double NOT NULL,
  `minW` double DEFAULT NULL,
  `maxW` double DEFAULT NULL,
  `measuredMs` double NOT NULL,
  `estimatedMs` double NOT NULL,
  `registers` longtext DEFAULT NULL,
  PRIMARY KEY (`meter`,`start`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `reading` (
  `minute` bigint(20) NOT NULL,
  `meter` int(11) NOT NULL,
  `at` bigint(20) NOT NULL,
  `powerW` double DEFAULT NULL,
  `importWh` double DEFAULT NULL,
  `exportWh` double DEFAULT NULL,
  `volumeM3` double DEFAULT NULL,
  `more` longtext DEFAULT NULL,
  `imported` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`minute`,`meter`,`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `ruling` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `meter` int(11) NOT NULL,
  `at` bigint(20) NOT NULL,
  `path` varchar(100) NOT NULL,
  `kind` varchar(16) NOT NULL,
  `value` double DEFAULT NULL,
  `by` varchar(100) NOT NULL,
  `madeAt` bigint(20) NOT NULL,
  `undoneAt` bigint(20) DEFAULT NULL,
  `undoneBy` varchar(100) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ruling_value` (`meter`,`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `session` (
  `hash` varchar(64) NOT NULL,
  `tokenId` varchar(64) NOT NULL,
  `expiresAt` bigint(20) NOT NULL,
  PRIMARY KEY (`hash`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE TABLE `token` (
  `id` varchar(64) NOT NULL,
  `hash` varchar(64) NOT NULL,
  `body` longtext NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

CREATE VIEW `energy_alert` AS select cast('1970-01-01' as datetime) + interval `a`.`at` * 1000 microsecond AS `time`,cast('1970-01-01' as datetime) + interval `a`.`clearedAt` * 1000 microsecond AS `cleared`,`a`.`meter` AS `meter`,`a`.`rule` AS `rule`,`a`.`body` AS `body` from `alert` `a`;

CREATE VIEW `energy_data` AS select concat(`m`.`id`,'-',`r`.`at`) AS `id`,cast('1970-01-01' as datetime) + interval `r`.`at` * 1000 microsecond AS `timestamp`,`r`.`powerW` / 1000.0 AS `consumption`,`m`.`key` AS `meter` from (`reading` `r` join `meter` `m` on(`m`.`id` = `r`.`meter`)) where `r`.`powerW` is not null union all select concat(`m`.`id`,'-',`q`.`start`) AS `concat(``m``.``id``, '-', ``q``.``start``)`,cast('1970-01-01' as datetime) + interval `q`.`start` * 1000 microsecond AS `Name_exp_2`,`q`.`powerWms` / `q`.`powerMs` / 1000.0 AS ```q``.``powerWms`` / ``q``.``powerMs`` / 1000.0`,`m`.`key` AS `key` from (`quarter` `q` join `meter` `m` on(`m`.`id` = `q`.`meter`)) where `q`.`powerMs` > 0 and !exists(select 1 from `reading` `h` where `h`.`minute` >= `q`.`start` / 60000 and `h`.`minute` < `q`.`start` / 60000 + 15 and `h`.`meter` = `q`.`meter` limit 1);

CREATE VIEW `energy_day` AS select cast('1970-01-01' as datetime) + interval `q`.`start` * 1000 microsecond AS `time`,`q`.`zone` AS `zone`,`m`.`key` AS `meter`,`m`.`role` AS `role`,`q`.`importWh` / 1000.0 AS `import_kwh`,`q`.`exportWh` / 1000.0 AS `export_kwh`,`q`.`volumeM3` AS `volume_m3`,case when `q`.`powerMs` > 0 then `q`.`powerWms` / `q`.`powerMs` / 1000.0 end AS `mean_kw`,`q`.`minW` / 1000.0 AS `min_kw`,`q`.`maxW` / 1000.0 AS `max_kw`,`q`.`measuredMs` * 1.0 / (`q`.`end` - `q`.`start`) AS `measured`,`q`.`estimatedMs` * 1.0 / (`q`.`end` - `q`.`start`) AS `estimated` from (`day` `q` join `meter` `m` on(`m`.`id` = `q`.`meter`));

CREATE VIEW `energy_quarter` AS select cast('1970-01-01' as datetime) + interval `q`.`start` * 1000 microsecond AS `time`,`m`.`key` AS `meter`,`m`.`role` AS `role`,`q`.`importWh` / 1000.0 AS `import_kwh`,`q`.`exportWh` / 1000.0 AS `export_kwh`,`q`.`volumeM3` AS `volume_m3`,case when `q`.`powerMs` > 0 then `q`.`powerWms` / `q`.`powerMs` / 1000.0 end AS `mean_kw`,`q`.`minW` / 1000.0 AS `min_kw`,`q`.`maxW` / 1000.0 AS `max_kw`,`q`.`measuredMs` * 1.0 / 900000 AS `measured`,`q`.`estimatedMs` * 1.0 / 900000 AS `estimated` from (`quarter` `q` join `meter` `m` on(`m`.`id` = `q`.`meter`));
