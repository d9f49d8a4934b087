export interface EmailSettings {
  readonly kind: "email";
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly from: string;
  readonly to: string;
}

/** `{{title}}`, `{{message}}`, `{{severity}}`, `{{meter}}`, `{{site}}`, `{{to}}`, `{{user}}`, `{{secret}}` are filled in, escaped for the content type. */
export interface WebhookSettings {
  readonly kind: "webhook";
  readonly id: string;
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string;
  /** Whom the service shall tell: a phone number, a chat. */
  readonly to?: string;
  readonly user?: string;
  readonly secret?: string;
}

export type ChannelSettings = EmailSettings | WebhookSettings;
