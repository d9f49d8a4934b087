import { createHash } from "node:crypto";
import { compare } from "bcryptjs";
import { hashSecret, sameHash } from "./tokens";

/** `httpNodeAuth` of Node-RED's settings.js: a user and a hashed password, or a middleware of its owner's. */
export type NodeAuth =
  { readonly user: string; readonly pass: string } | ((...parts: never[]) => unknown) | readonly unknown[];

/**
 * Tells whether a request passed `httpNodeAuth`. Node-RED asks for the password before a request reaches us; it is checked
 * again because a program that embeds Node-RED may have left that out. A middleware cannot be checked: it has let this
 * request through.
 */
export function makeNodeAuth(auth: NodeAuth | undefined): (authorization: string | undefined) => Promise<boolean> {
  if (!auth) return async () => false;
  if (!("user" in auth)) return async () => true;

  let lastGood: string | undefined;
  return async (authorization) => {
    const encoded = /^basic +([a-z0-9+/=_-]+)$/i.exec(authorization ?? "")?.[1];
    if (!encoded) return false;
    if (lastGood !== undefined && sameHash(lastGood, hashSecret(encoded))) return true;

    const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
    if (user !== auth.user || password === undefined) return false;
    const good = /^[0-9a-f]{32}$/i.test(auth.pass)
      ? createHash("md5").update(password).digest("hex") === auth.pass.toLowerCase()
      : await compare(password, auth.pass);
    if (good) lastGood = hashSecret(encoded);
    return good;
  };
}
