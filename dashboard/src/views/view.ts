import type { Format } from "../format";
import type { Text } from "../texts";

/** How any view says things: texts and numbers of the reader's language, the site's clock. */
export interface Speech {
  readonly text: Text;
  readonly format: Format;
  readonly now: number;
}
