// The event stream, by fetch and not by EventSource, which can send no token. It goes on after the last number that was heard.
import { request } from './api.js';
import { Breath, changed } from './store.js';

const FIRST = 500;
const LONGEST = 10_000;
const SILENCE = 30_000;

/** What the shell shows of the stream: connecting, live, away or paused. */
export const connection = { state: 'connecting', since: 0 };

function becomes(state) {
  if (connection.state !== state) {
    connection.state = state;
    connection.since = Date.now();
    changed();
  }
}

export class Stream {
  #last;
  #ended = false;
  #cut = new AbortController();
  #visible = () => document.hidden ? this.#cut.abort() : this.#wake();
  #wake = () => {};

  /**
   * query: parameters of /events; since: the number after which events are wanted, or nothing.
   * hear: called with each event, in order. begun: called whenever the stream has begun, again after it was cut. ended: called at the end of one
   * that does not follow.
   */
  constructor(query, since, hear, begun = () => {}, ended = () => {}) {
    this.query = query;
    this.#last = since;
    this.hear = hear;
    this.begun = begun;
    this.ended = ended;
  }

  start() {
    document.addEventListener('visibilitychange', this.#visible);
    this.#run();
    return this;
  }

  stop() {
    this.#ended = true;
    document.removeEventListener('visibilitychange', this.#visible);
    this.#cut.abort();
    this.#wake();
  }

  async #run() {
    let pause = FIRST;
    while (!this.#ended) {
      if (document.hidden) { // browsers allow few connections: a tab that nobody looks at has none
        becomes('paused');
        await new Promise(wake => { this.#wake = wake; });
        continue;
      }
      const begun = Date.now();
      try {
        await this.#once();
        if (this.query.follow === false) {
          this.stop();
          this.ended();
        }
      } catch (problem) {
        if (problem.status === 404) {
          this.#ended = true;
          return;
        }
      }
      if (this.#ended) return;
      pause = Date.now() - begun > LONGEST ? FIRST : Math.min(2 * pause, LONGEST);
      if (!document.hidden) {
        becomes('away');
        await new Promise(wake => {
          this.#wake = wake;
          setTimeout(wake, pause);
        });
      }
    }
  }

  async #once() {
    this.#cut = new AbortController();
    const from = this.#last === undefined ? {} : { since: this.#last };
    const query = new URLSearchParams({ ...this.query, ...from });
    if (this.#last !== undefined) query.delete('newest');
    const response = await request(`events?${query}`, { signal: this.#cut.signal });
    if (this.query.follow !== false) becomes('live');
    this.begun();
    await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader());
  }

  /** Cuts a connection that says nothing: heartbeats come every 10 s. */
  #watched() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#cut.abort(), SILENCE);
  }

  async #read(reader) {
    const breath = new Breath();
    let rest = '';
    try {
      for (;;) {
        this.#watched();
        const { value, done } = await reader.read();
        if (done || this.#ended) return;
        const messages = (rest + value).split('\n\n');
        rest = messages.pop();
        for (const message of messages) {
          this.#told(message);
          await breath.taken();
          if (this.#ended) return;
        }
      }
    } finally {
      clearTimeout(this.timer);
    }
  }

  #told(message) {
    let data = '';
    for (const line of message.split('\n')) {
      if (line.startsWith('data:')) data += line.slice(5);
    }
    if (data.trim() === '') return;
    const event = JSON.parse(data);
    if (event.sequence !== undefined) {
      if (this.#last !== undefined && event.sequence <= this.#last) return;
      this.#last = event.sequence;
    }
    this.hear(event);
  }
}
