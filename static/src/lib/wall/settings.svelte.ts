import { isRecord } from '../record.ts';
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

/** Reads what `write` wrote; whatever else stands there counts for nothing. */
export function read(text: string | null): Values {
	const found = parsed(text);
	const { volume, muted, mixed, height, arrangement, sync, statistics, offsets } = found;
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

function parsed(text: string | null): Record<string, unknown> {
	try {
		const found: unknown = JSON.parse(text ?? '{}');
		return isRecord(found) ? found : {};
	} catch {
		return {};
	}
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const clamped = (value: number, least: number, most: number) =>
	Math.min(Math.max(value, least), most);

/** The values, remembered from visit to visit where the browser lets us. */
export class Settings {
	#values = $state.raw(initial);
	#storage: () => Storage;

	/** `storage` throws where the browser blocks it. */
	constructor(storage: () => Storage = () => localStorage) {
		this.#storage = storage;
		try {
			this.#values = read(storage().getItem(KEY));
		} catch {
			// Blocked: then they last as long as the page.
		}
	}

	get values(): Values {
		return this.#values;
	}

	change(values: Partial<Values>): void {
		this.#values = { ...this.#values, ...values };
		try {
			this.#storage().setItem(KEY, JSON.stringify(this.#values));
		} catch {
			// Blocked, or full.
		}
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
