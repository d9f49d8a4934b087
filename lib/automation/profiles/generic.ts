import { EnergyError } from "../../errors";
import { checkTopic, type DeviceProfile } from "./profile";

/** Any device that is told and heard in plain words on topics of its own. */
export interface GenericTopics {
  readonly commandTopic: string;
  readonly payloadOn: string;
  readonly payloadOff: string;
  /** Empty when the device never reports. */
  readonly reportTopic: string;
  /** Empty when it reports in the words of its commands. */
  readonly reportOn: string;
  readonly reportOff: string;
}

export function generic(topics: GenericTopics): DeviceProfile {
  const commandTopic = checkTopic(topics.commandTopic, "commandTopic");
  const reportTopic = checkTopic(topics.reportTopic, "reportTopic");
  const on = (topics.reportOn || topics.payloadOn).trim();
  const off = (topics.reportOff || topics.payloadOff).trim();
  if (topics.payloadOn === topics.payloadOff || on === off) {
    throw new EnergyError("invalid-config", "the payloads for on and off must differ", { field: "payloadOff" });
  }

  return {
    command: (wanted) => ({ topic: commandTopic, payload: wanted ? topics.payloadOn : topics.payloadOff }),
    reports: reportTopic ? [reportTopic] : [],
    parse: (topic, payload) => {
      if (topic !== reportTopic) return undefined;
      const word = payload.trim();
      return word === on ? "on" : word === off ? "off" : undefined;
    },
  };
}
