// When the page is drawn again: models change as they hear of things, and one drawing shows all changes since the last.

let draw = () => {};
let queued = false;
let last = 0;
const PAUSE = 200;

export function drawWith(function_) {
  draw = function_;
}

/** Draws before the next frame: something was typed or clicked. */
export function update() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(now => {
    queued = false;
    last = now;
    draw();
  });
}

let soon = 0;

/** Draws soon, however often it is asked: something was heard of. */
export function changed() {
  if (soon) return;
  soon = setTimeout(() => {
    soon = 0;
    update();
  }, Math.max(0, PAUSE - (performance.now() - last)));
}

/** Lets the browser do other things where the work since has taken a while, so that no task is long. */
export class Breath {
  #begun = performance.now();

  async taken() {
    if (performance.now() - this.#begun > 8) {
      await new Promise(next => setTimeout(next));
      this.#begun = performance.now();
    }
  }
}

/** Does something at most once in this many milliseconds, and once more after the last request. */
export class Seldom {
  #timer = 0;
  #busy = false;
  #again = false;

  constructor(millis, work) {
    this.millis = millis;
    this.work = work;
  }

  ask() {
    if (this.#timer || this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#again = false;
    Promise.resolve(this.work()).catch(() => {}).finally(() => {
      this.#busy = false;
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        if (this.#again) this.ask();
      }, this.millis);
    });
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = -1;
    this.#again = false;
  }
}
