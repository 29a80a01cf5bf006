/**
 * The order in which an application sees what the connection heard: Java has one event thread for
 * it, here it is a queue. A promise is settled at once, but the code that awaits it runs some
 * microtasks later; a callback called meanwhile would overtake it, and a program that reads a node
 * and then hears of its change would see them the wrong way round. So an event that follows a
 * settled promise waits for the next turn of the event loop, and everything after it waits too.
 *
 * Events run from microtasks of their own: what a callback throws is its own uncaught exception and
 * never unwinds the connection.
 */
interface Item {
  readonly kind: "settle" | "event";
  readonly run: () => void;
}

export class Delivery {
  #waiting: Item[] = [];
  #settledThisTurn = false;

  /** Settles a promise, in order. */
  settle(run: () => void): void {
    this.#add({ kind: "settle", run });
  }

  /** Calls application code, in order. */
  event(run: () => void): void {
    this.#add({ kind: "event", run });
  }

  #add(item: Item): void {
    if (this.#waiting.length > 0 || (item.kind === "event" && this.#settledThisTurn)) {
      this.#waiting.push(item);
      return;
    }
    this.#deliver(item);
  }

  #deliver(item: Item): void {
    if (item.kind === "event") {
      queueMicrotask(item.run);
      return;
    }
    item.run();
    if (this.#settledThisTurn) return;
    this.#settledThisTurn = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#settledThisTurn = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const item of waiting) this.#add(item);
  }
}
