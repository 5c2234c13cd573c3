/**
 * Puts what players say of themselves on one time line, for `Sync`. Pure.
 *
 * Streams with EXT-X-PROGRAM-DATE-TIME share theirs; the live position of the first of them is
 * called now, so that a clock that is wrong, here or there, does not matter. A stream without dates,
 * or with dates that cannot belong to the same broadcast, is taken to be now where it is live, and
 * counted on from there.
 */
import type { Member } from './sync.ts';

/** What a player says of itself. Positions are in seconds on the time line of its video. */
export interface Reading {
	readonly id: string;
	/** The date of what is shown (EXT-X-PROGRAM-DATE-TIME), in milliseconds; null without one. */
	readonly date_ms: number | null;
	readonly position_s: number;
	/** The newest position that can be played without running dry. */
	readonly live_s: number;
	readonly earliest_s: number;
	readonly offset_s: number;
	readonly waiting: boolean;
}

// Two streams of one broadcast are not that far apart.
const SAME_BROADCAST_MS = 120_000;

export class Reckoning {
	/** From the dates of the streams to now. */
	#shift_ms: number | null = null;
	/** Where the time line of a video without dates begins. */
	#starts = new Map<string, number>();

	members(now_ms: number, readings: readonly Reading[]): Member[] {
		this.#forget(readings);
		return readings.map((reading) => {
			const { id, offset_s, waiting, position_s, live_s, earliest_s } = reading;
			const at_ms = this.#dated(now_ms, reading) ?? this.#counted(now_ms, reading);
			return {
				id,
				at_ms,
				live_ms: at_ms + (live_s - position_s) * 1000,
				earliest_ms: at_ms + (earliest_s - position_s) * 1000,
				offset_s,
				waiting
			};
		});
	}

	#forget(readings: readonly Reading[]) {
		if (readings.every(({ date_ms }) => date_ms === null)) this.#shift_ms = null;
		for (const id of this.#starts.keys()) {
			if (!readings.some((reading) => reading.id === id)) this.#starts.delete(id);
		}
	}

	#dated(now_ms: number, { date_ms, position_s, live_s }: Reading): number | null {
		if (date_ms === null) return null;
		const live_ms = date_ms + (live_s - position_s) * 1000;
		this.#shift_ms ??= now_ms - live_ms;
		const apart_ms = Math.abs(live_ms + this.#shift_ms - now_ms);
		return apart_ms < SAME_BROADCAST_MS ? date_ms + this.#shift_ms : null;
	}

	#counted(now_ms: number, { id, position_s, live_s }: Reading): number {
		const start_ms = this.#starts.get(id) ?? now_ms - live_s * 1000;
		this.#starts.set(id, start_ms);
		return start_ms + position_s * 1000;
	}
}
