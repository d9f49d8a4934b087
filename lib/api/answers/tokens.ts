import type { z } from "zod";
import type { NEW_TOKEN } from "../contract";
import type { Keys } from "../gate";
import type { MadeTokenDoc, TokenDoc } from "../types";
import { toTokenDoc } from "../wire";

export const listTokens = ({ tokens }: Keys, zone: string): TokenDoc[] =>
  tokens.list().map((token) => toTokenDoc(token, zone));

/** The only answer that ever holds a token's secret. */
export async function makeToken(
  { tokens }: Keys,
  wish: z.infer<typeof NEW_TOKEN>,
  zone: string,
): Promise<MadeTokenDoc> {
  const { name, scopes, expiresAt } = wish;
  const { record, secret } = await tokens.make({
    name,
    scopes,
    ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }),
  });
  return { ...toTokenDoc(record, zone), token: secret };
}
