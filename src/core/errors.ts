/**
 * Errors are data. Every module throws its own subclass with a `code` from a closed union and the fields that explain it;
 * logs, metrics and replies read the code, never the text.
 */
export class P2PoolError<Data extends { readonly code: string } = { readonly code: string }> extends Error {
  readonly data: Data;

  constructor(message: string, data: Data, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.data = data;
  }

  get code(): Data["code"] {
    return this.data.code;
  }
}

/** The text of anything that was thrown, for one line of output. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
