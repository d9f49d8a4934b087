import mqtt from "mqtt";

/** The topics under which a broker keeps something for those who come later. */
export async function retainedTopics(url: string): Promise<string[]> {
  const client = await mqtt.connectAsync(url);
  const topics: string[] = [];
  client.on("message", (topic, _payload, packet) => {
    if (packet.retain) topics.push(topic);
  });
  await client.subscribeAsync("#");
  await client.publishAsync("end", "", { qos: 1 });
  await client.endAsync();
  return topics;
}
