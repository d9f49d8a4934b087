import { createHash } from "node:crypto";
import { compare } from "bcryptjs";
import { hashSecret, sameHash } from "./tokens";

/** `httpNodeAuth` of Node-RED's settings.js: a user and a hashed password, or a middleware of its owner's. */
export type NodeAuth =
  { readonly user: string; readonly pass: string } | ((...parts: never[]) => unknown) | readonly unknown[];

/** Guards against guessing: both throw when there was too much of it. */
export interface Guesses {
  demandLeft(): void;
  count(): void;
}

/**
 * Tells whether a request passed `httpNodeAuth`. Node-RED asks for the password before a request reaches us; it is checked
 * again because a program that embeds Node-RED may have left that out. A middleware cannot be checked: it has let this
 * request through.
 */
export function makeNodeAuth(
  auth: NodeAuth | undefined,
): (authorization: string | undefined, guesses: Guesses) => Promise<boolean> {
  if (!auth) return async () => false;
  if (!("user" in auth)) return async () => true;

  let lastGood: string | undefined;
  return async (authorization, guesses) => {
    const encoded = /^basic +([a-z0-9+/=_-]+)$/i.exec(authorization ?? "")?.[1];
    if (!encoded) return false;
    if (lastGood !== undefined && sameHash(lastGood, hashSecret(encoded))) return true;

    guesses.demandLeft();
    const [, user, password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
    const good = user === auth.user && (await isPassword(password, auth.pass));
    if (good) lastGood = hashSecret(encoded);
    else guesses.count();
    return good;
  };
}

/** Node-RED still takes the MD5 of old settings files. */
async function isPassword(password: string, hash: string): Promise<boolean> {
  return /^[0-9a-f]{32}$/i.test(hash)
    ? sameHash(createHash("md5").update(password).digest("hex"), hash.toLowerCase())
    : compare(password, hash);
}
