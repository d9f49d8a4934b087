import type { Text } from "../texts";

/** Why the server did not do what it was asked: `detail` is its own sentence, `status` 0 when there was no answer. */
export interface Refusal {
  readonly status: number;
  readonly detail: string | undefined;
}

/** Whether logging in may help. */
export const mustLogIn = ({ status }: Refusal): boolean => status === 401 || status === 403;

/** The refusal as a person is told it. */
export function refusalText({ status, detail }: Refusal, text: Text): string {
  return detail ?? (status === 0 ? text("problem.offline") : text("problem.unexpected", { status }));
}
