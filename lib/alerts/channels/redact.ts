/** `text` without the secret, nor the forms in which it is sent: Base64 alone, for Basic and for SMTP's PLAIN. */
export function redact(text: string, secret: string | undefined, user = ""): string {
  if (!secret) return text;
  const base64 = [secret, `${user}:${secret}`, `\0${user}\0${secret}`].map((form) =>
    Buffer.from(form).toString("base64"),
  );
  // The longer first: one may stand inside another.
  return [...base64.reverse(), encodeURIComponent(secret), secret].reduce(
    (clean, form) => clean.replaceAll(form, "•••"),
    text,
  );
}
