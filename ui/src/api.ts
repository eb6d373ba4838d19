/** Below `/static/`, so that a node behind a path of a proxy works too. */
export const API = "../api/v1";

export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What the node answers. The browser keeps the last answer and asks whether it is still right. @throws ApiFailure */
export async function get<T>(path: string): Promise<T> {
  const response = await fetchOk(path);
  return (await response.json()) as T;
}

export async function getBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchOk(path)).arrayBuffer());
}

async function fetchOk(path: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(API + path);
  } catch {
    throw new ApiFailure(0, "unreachable", "The node does not answer.");
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as { error?: { code: string; message: string } } | null;
  const { code = "unknown", message = `The node answered ${response.status}.` } = body?.error ?? {};
  throw new ApiFailure(response.status, code, message);
}
