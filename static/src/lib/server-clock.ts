/**
 * What time it is on the server. Sessions begin by its clock: the viewer's can be off by a day.
 */

// The Date header counts whole seconds (RFC 9110, section 6.6.1): on average it is half of one late.
const HALF_A_SECOND_MS = 500;
// Differences that the header's resolution explains are no reason to let a countdown jump.
const JITTER_MS = 1_500;

export class ServerClock {
	#offsetMs: number;
	#known = false;
	#local: () => number;

	/** `offsetMs` is how far off this machine was when it last heard of the server. */
	constructor(local: () => number = Date.now, offsetMs = 0) {
		this.#local = local;
		this.#offsetMs = offsetMs;
	}

	/** How far the server is ahead of this machine. */
	get offsetMs(): number {
		return this.#offsetMs;
	}

	/** Milliseconds since the epoch. */
	now(): number {
		return this.#local() + this.#offsetMs;
	}

	/** Learns from an answer's Date header; `sentAt` is when it was asked for, by this machine. */
	learn(header: string | null, sentAt: number): void {
		const then = header === null ? NaN : Date.parse(header);
		if (!Number.isFinite(then)) return;
		const receivedAt = this.#local();
		const offset = then + HALF_A_SECOND_MS - (sentAt + receivedAt) / 2;
		const doubt = JITTER_MS + Math.abs(receivedAt - sentAt) / 2;
		if (this.#known && Math.abs(offset - this.#offsetMs) <= doubt) return;
		this.#offsetMs = offset;
		this.#known = true;
	}

	/** This machine's own time, for `learn`. */
	local(): number {
		return this.#local();
	}
}
