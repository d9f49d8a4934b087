import { z } from "zod";
import { ROLES } from "../energy/reading";
import { PROFILES } from "../meters/family";

/** The query of `GET /api/v1/discover`: listens that much longer, and answers what it heard since it began. */
export const DISCOVERY_QUERY = z.strictObject({
  /** The id of an `energy-broker` node; empty: mqtt://localhost:1883. */
  broker: z.string().max(100).default(""),
  seconds: z.coerce.number().int().min(1).max(20).default(10),
});

/** What one `meter-in` would hear. */
export const FOUND_DEVICE = z.object({
  id: z.string(),
  name: z.string(),
  /** Its make. */
  family: z.string(),
  /** Settings of the node; `meter` is empty where the device names its meters itself. */
  topic: z.string(),
  profile: z.enum(["auto", ...PROFILES]),
  meter: z.string(),
  /** Guessed from its words, unless its messages say it. */
  role: z.enum(ROLES),
  saysRole: z.boolean(),
  /** What each of its meters said last. */
  meters: z.array(
    z.object({
      meter: z.string(),
      role: z.enum(ROLES).optional(),
      kw: z.number().optional(),
      importKwh: z.number().optional(),
      exportKwh: z.number().optional(),
      m3: z.number().optional(),
    }),
  ),
  messages: z.number(),
  at: z.iso.datetime({ offset: true }),
  /** Nothing but what the broker had kept: it may be old. */
  retained: z.boolean(),
});

export const DISCOVERY = z.object({
  /** Other runs have other devices under the same ids. */
  run: z.string(),
  /** It goes on: ask again for more. */
  listening: z.boolean(),
  secondsLeft: z.number(),
  /** Topics heard, and those on which nothing was recognised. */
  topics: z.number(),
  otherTopics: z.number(),
  /** There is more than is listed and counted. */
  more: z.boolean(),
  devices: FOUND_DEVICE.array(),
});
