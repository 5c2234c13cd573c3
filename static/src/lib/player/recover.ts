/**
 * What to do about a fault that stops playback: decided here and nowhere else, from the fault
 * and what was done about the ones before it. Pure: no player, no timers, no clock.
 */

export interface Fault {
	/**
	 * `format`: what was sent is of no kind that this browser plays.
	 * `stall`: nothing failed, and yet nothing moves.
	 */
	kind: 'network' | 'media' | 'format' | 'stall';
	/** The HTTP status that came with it. */
	status: number | null;
	/** What the player calls it; never an address. */
	detail: string;
}

export type FailureReason =
	'unsupported' | 'network' | 'gone' | 'forbidden' | 'media' | 'stalled' | 'player missing';

export type Action =
	| { kind: 'retry'; delay_ms: number }
	| { kind: 'recover-media' }
	| { kind: 'swap-audio' }
	| { kind: 'reload' }
	| { kind: 'give-up'; reason: FailureReason };

/** One action taken, and when (milliseconds). */
export interface Taken {
	kind: Action['kind'];
	at: number;
}

// A fault this long after the last remedy is a new trouble, not the same one again.
const FORGET_AFTER_MS = 90_000;
const FIRST_DELAY_MS = 500;
const MAX_RETRIES = 6;
// A live playlist can be missing for a moment while its encoder restarts; not for long.
const MAX_RETRIES_GONE = 3;

export function decide(fault: Fault, history: readonly Taken[], now: number): Action {
	const recent = recentOf(history, now);
	switch (fault.kind) {
		case 'network':
			return afterNetwork(fault.status, recent);
		case 'media':
			return afterMedia(recent);
		case 'format':
			return { kind: 'give-up', reason: 'unsupported' };
		case 'stall':
			return afterStall(recent);
	}
}

/** The remedies of the present trouble: each soon after the one before, the last of now. */
function recentOf(history: readonly Taken[], now: number): Taken[] {
	const recent: Taken[] = [];
	let later = now;
	for (const taken of history.toReversed()) {
		if (later - taken.at > FORGET_AFTER_MS) break;
		recent.push(taken);
		later = taken.at;
	}
	return recent;
}

function afterNetwork(status: number | null, recent: readonly Taken[]): Action {
	// The link itself is refused: asking again cannot change that.
	if (status === 401 || status === 403) return { kind: 'give-up', reason: 'forbidden' };

	const gone = status === 404 || status === 410;
	const retries = recent.filter((taken) => taken.kind === 'retry').length;
	if (retries >= (gone ? MAX_RETRIES_GONE : MAX_RETRIES)) {
		return { kind: 'give-up', reason: gone ? 'gone' : 'network' };
	}
	return { kind: 'retry', delay_ms: FIRST_DELAY_MS * 2 ** retries };
}

function afterMedia(recent: readonly Taken[]): Action {
	const done = new Set(recent.map((taken) => taken.kind));
	if (!done.has('recover-media')) return { kind: 'recover-media' };
	// Some streams announce an audio codec that is not the one they send.
	if (!done.has('swap-audio')) return { kind: 'swap-audio' };
	return { kind: 'give-up', reason: 'media' };
}

function afterStall(recent: readonly Taken[]): Action {
	const reloaded = recent.some((taken) => taken.kind === 'reload');
	return reloaded ? { kind: 'give-up', reason: 'stalled' } : { kind: 'reload' };
}
