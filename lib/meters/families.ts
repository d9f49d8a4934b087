import type { Family } from "./family";
import { ams } from "./families/ams";
import { csv } from "./families/csv";
import { deye } from "./families/deye";
import { dsmrReader } from "./families/dsmr-reader";
import { emoncms } from "./families/emoncms";
import { esphome } from "./families/esphome";
import { evcc } from "./families/evcc";
import { ewelink } from "./families/ewelink";
import { fronius } from "./families/fronius";
import { glow } from "./families/glow";
import { growatt } from "./families/growatt";
import { homeAssistant } from "./families/home-assistant";
import { homewizard } from "./families/homewizard";
import { homie } from "./families/homie";
import { iotawatt } from "./families/iotawatt";
import { json } from "./families/json";
import { lorawan } from "./families/lorawan";
import { mbmd } from "./families/mbmd";
import { obis } from "./families/obis";
import { openenergymonitor } from "./families/openenergymonitor";
import { openwb } from "./families/openwb";
import { p1 } from "./families/p1";
import { p1Bridge } from "./families/p1-bridge";
import { plainNumber } from "./families/plain-number";
import { shellyGen1 } from "./families/shelly-gen1";
import { shellyGen2 } from "./families/shelly-gen2";
import { sma } from "./families/sma";
import { smlreader } from "./families/smlreader";
import { sparkplug } from "./families/sparkplug";
import { tasmota } from "./families/tasmota";
import { teleinfo } from "./families/teleinfo";
import { victron } from "./families/victron";
import { vzlogger } from "./families/vzlogger";
import { wmbus } from "./families/wmbus";
import { zigbee2mqtt } from "./families/zigbee2mqtt";

/** In the order in which they are asked: those whose topic or body can be no one else's first, any JSON and any number last. */
export const FAMILIES: readonly Family[] = [
  // Homes' plugs, relays and sensors.
  shellyGen2,
  tasmota,
  shellyGen1,
  zigbee2mqtt,
  homie,
  homeAssistant,
  esphome,
  ewelink,
  // Gateways and networks.
  sparkplug,
  lorawan,
  wmbus,
  // Emoncms's posts have slashes, with which a P1 telegram may begin.
  openenergymonitor,
  emoncms,
  // Utility meters.
  obis,
  p1,
  teleinfo,
  homewizard,
  dsmrReader,
  p1Bridge,
  smlreader,
  vzlogger,
  ams,
  glow,
  // Inverters, chargers and energy monitors.
  evcc,
  openwb,
  mbmd,
  fronius,
  growatt,
  sma,
  deye,
  iotawatt,
  victron,
  // Anything else.
  csv,
  json,
  plainNumber,
];
