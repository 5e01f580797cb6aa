// The session API of DiffusionX.Hosting (docs/HOSTING.md). Nothing here is the studio's own.

/** What the server refused, in its words. */
export class ApiError extends Error {
  /** @param {number} status @param {{message: string, code?: string}} detail */
  constructor(status, detail) {
    super(detail.message);
    this.status = status;
    this.code = detail.code;
  }
}

/** @param {string} method @param {string} path @param {object} [body] @param {AbortSignal} [signal] */
async function call(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(`/v1/${path}`, {
      method, signal,
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, { message: '', code: 'unreachable' });
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, json.error ?? { message: `${answer.status} ${answer.statusText}` });
  return json;
}

const one = id => `sessions/${encodeURIComponent(id)}`;

export const options = () => call('GET', 'session_options');
export const list = async () => (await call('GET', 'sessions')).data;
export const begin = settings => call('POST', 'sessions', settings);
export const change = (id, settings) => call('PATCH', one(id), settings);
export const remove = id => call('DELETE', one(id));
export const draw = (id, round) => call('POST', `${one(id)}/rounds`, { ...round, background: true });
export const refine = id => call('POST', `${one(id)}/finalize`, { background: true });
export const cancel = id => call('POST', `${one(id)}/cancel`);
export const undo = id => call('POST', `${one(id)}/undo`);
export const branch = (id, round) => call('POST', `${one(id)}/branch`, { round });
export const strength = (id, prompt, signal) => call('POST', `${one(id)}/strength`, { prompt }, signal);
export const pictureUrl = (id, kind, number, settings) =>
  `/v1/${one(id)}/${kind === 'final' ? 'final_images' : 'rounds'}/${number}/image${settings ? '?settings=true' : ''}`;

/**
 * Hears everything that happens in a session, from its state on. The browser connects again by itself.
 * @param {string} id
 * @param {(type: string, data: any) => void} told
 * @param {(gone: boolean) => void} lost
 */
export function watch(id, told, lost) {
  const source = new EventSource(`/v1/${one(id)}/events?output_format=webp`);
  const types = ['state', 'changed', 'deleted'];
  for (const kind of ['round', 'final_image']) types.push(...['started', 'partial_image', 'completed', 'failed', 'cancelled'].map(what => `${kind}.${what}`));
  for (const type of types) source.addEventListener(`session.${type}`, event => told(type, JSON.parse(event.data)));
  source.onerror = () => lost(source.readyState === EventSource.CLOSED);
  return source;
}
