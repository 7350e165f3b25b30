// Requests to the coordinator's API, with the token of this tab where one is asked for.
import { update } from './store.js';

const KEPT = 'secateur-token';

/** What the shell shows while requests wait for a token. */
export const login = { needed: false, problem: '' };
let waiting = [];

export const hasToken = () => sessionStorage.getItem(KEPT) !== null;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The token that was typed; requests that wait go on where the API takes it. */
export async function give(token) {
  const answer = await fetch('api/v1/nodes', { headers: { Authorization: `Bearer ${token}` }, cache: 'no-store' });
  if (answer.status === 401) {
    login.problem = 'The coordinator does not know this token, or it has expired.';
    update();
    return;
  }
  sessionStorage.setItem(KEPT, token);
  login.needed = false;
  login.problem = '';
  const resumed = waiting;
  waiting = [];
  resumed.forEach(resume => resume());
  update();
}

/** Forgets the token, so that it is asked for again. */
export function forget() {
  sessionStorage.removeItem(KEPT);
  location.reload();
}

function tokenNeeded() {
  login.needed = true;
  if (hasToken()) login.problem = 'The token of this tab is no longer valid.';
  sessionStorage.removeItem(KEPT);
  update();
  return new Promise(resume => waiting.push(resume));
}

/** A response of 2xx; waits for a token where one is needed. */
export async function request(path, options = {}) {
  for (;;) {
    const token = sessionStorage.getItem(KEPT);
    const headers = { ...options.headers, ...(token === null ? {} : { Authorization: `Bearer ${token}` }) };
    const response = await fetch(`api/v1/${path}`, { cache: 'no-store', ...options, headers });
    if (response.status === 401) {
      if (sessionStorage.getItem(KEPT) === token || !hasToken()) await tokenNeeded();
    } else if (response.ok) {
      return response;
    } else {
      throw new ApiError(response.status, await problem(response));
    }
  }
}

async function problem(response) {
  try {
    return (await response.json()).errors.join('; ');
  } catch {
    return `the coordinator answered ${response.status}`;
  }
}

export const get = async (path, options) => (await request(path, options)).json();

/** Something, or nothing where it is not there. */
export async function find(path) {
  try {
    return await get(path);
  } catch (problem) {
    if (problem.status === 404) return undefined;
    throw problem;
  }
}

export const post = async path => (await request(path, { method: 'POST' })).json();

export const sweepPath = id => `sweeps/${encodeURIComponent(id)}`;

/** Saves what the API answers as a file. */
export async function download(path, name) {
  const content = await (await request(path)).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name.replace(/[^\w.-]/g, '_');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
