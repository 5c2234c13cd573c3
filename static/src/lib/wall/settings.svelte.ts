import { isRecord } from '../api.ts';
import { keep, recall } from '../storage.ts';
import type { Arrangement } from './layout.ts';

/** What the viewer chose once and wants again. */
export interface Values {
	/** From 0 to 1. */
	volume: number;
	muted: boolean;
	/** Whether several players may be heard at a time. */
	mixed: boolean;
	/** The height of the picture to keep to; null leaves it to the player. */
	height: number | null;
	arrangement: Arrangement;
	sync: boolean;
	statistics: boolean;
	/** By stream: how much later than the others it is shown, in seconds. */
	offsets: Readonly<Record<string, number>>;
}

export const initial: Values = {
	volume: 1,
	muted: false,
	mixed: false,
	height: null,
	arrangement: 'grid',
	sync: true,
	statistics: false,
	offsets: {}
};

const KEY = 'f1stream.watch';
const MOST_OFFSETS = 100;
export const LARGEST_OFFSET_S = 120;

/** Reads what was kept; whatever else stands there counts for nothing. */
export function read(kept: unknown): Values {
	if (!isRecord(kept)) return initial;
	const { volume, muted, mixed, height, arrangement, sync, statistics, offsets } = kept;
	return {
		volume: isNumber(volume) ? clamped(volume, 0, 1) : initial.volume,
		muted: muted === true,
		mixed: mixed === true,
		height: isNumber(height) && height > 0 ? height : null,
		arrangement: arrangement === 'focus' ? 'focus' : 'grid',
		sync: sync !== false,
		statistics: statistics === true,
		offsets: isRecord(offsets) ? readOffsets(offsets) : {}
	};
}

function readOffsets(offsets: Record<string, unknown>): Record<string, number> {
	const sound = Object.entries(offsets).flatMap(([id, offset]): [string, number][] =>
		isNumber(offset) && offset !== 0
			? [[id, clamped(offset, -LARGEST_OFFSET_S, LARGEST_OFFSET_S)]]
			: []
	);
	return Object.fromEntries(sound.slice(-MOST_OFFSETS));
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const clamped = (value: number, least: number, most: number) =>
	Math.min(Math.max(value, least), most);

/** The values, remembered from visit to visit where the browser lets us. */
export class Settings {
	#values = $state.raw(read(recall(KEY)));

	get values(): Values {
		return this.#values;
	}

	change(values: Partial<Values>): void {
		this.#values = { ...this.#values, ...values };
		keep(KEY, this.#values);
	}

	offset(id: string): number {
		return this.#values.offsets[id] ?? 0;
	}

	setOffset(id: string, offset_s: number): void {
		// The newest stands last, so that the oldest is the first to be forgotten.
		const { [id]: _, ...others } = this.#values.offsets;
		this.change({ offsets: readOffsets({ ...others, [id]: offset_s }) });
	}
}
