import type { NodeDef } from "node-red";
import { brokerLending } from "../shared/borrow";
import { defineNode } from "../shared/define-node";
import { openNodeBroker, type BrokerDef, type BrokerSecrets } from "../shared/node-broker";
import { withEnvironment } from "../shared/with-environment";

/** Our own connections to one MQTT broker, lent to the nodes that name it. */
export default defineNode<NodeDef & BrokerDef>(
  "energy-broker",
  ({ RED, node, def }) => {
    const secrets = withEnvironment(RED, node, (node.credentials as BrokerSecrets | undefined) ?? {});
    return { close: brokerLending.lend(node.id, openNodeBroker(RED, node.id, def, secrets)) };
  },
  {
    credentials: {
      user: { type: "text" },
      password: { type: "password" },
      key: { type: "password" },
      passphrase: { type: "password" },
    },
  },
);
