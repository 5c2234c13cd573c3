/** Notices a video that should move and does not, although nothing failed. Pure. */

export interface Sight {
	/** Whether it should move now. */
	due: boolean;
	/** Where it is, in seconds. */
	at: number;
	/** Whether a picture was ever shown. */
	started: boolean;
}

// A live playlist may skip a beat or two; longer than that nobody waits.
const PATIENCE_MS = 12_000;
// Slow sources are slow at first.
const PATIENCE_AT_FIRST_MS = 30_000;

export class Watch {
	#now: () => number;
	#since: number;
	#at = -1;

	constructor(now: () => number) {
		this.#now = now;
		this.#since = now();
	}

	/** Something is done about it: begins to wait again. */
	reset(): void {
		this.#since = this.#now();
	}

	/** To be asked about once a second. True once, then the waiting begins anew. */
	isStuck({ due, at, started }: Sight): boolean {
		if (!due || at !== this.#at) {
			this.#at = at;
			this.reset();
			return false;
		}
		if (this.#now() - this.#since < (started ? PATIENCE_MS : PATIENCE_AT_FIRST_MS)) return false;
		this.reset();
		return true;
	}
}
