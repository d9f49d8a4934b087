import helmet from "helmet";

const SELF = ["'self'"];
const NONE = ["'none'"];

/** The headers of our own answers, and no others: helmet's defaults would change how other people's pages behave. */
export const ownHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: NONE,
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: ["'self'", "data:"],
      connectSrc: SELF,
      manifestSrc: SELF,
      workerSrc: SELF,
      baseUri: NONE,
      formAction: SELF,
      frameAncestors: SELF,
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["lit-html", "vatio"],
    },
  },
  xContentTypeOptions: true,
  referrerPolicy: { policy: "no-referrer" },
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
});
