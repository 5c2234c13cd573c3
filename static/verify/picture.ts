import type { PictureKind } from './report.ts';

const WIDTH = 320;
const MAX_HEIGHT = 720;
const MAX_BYTES = 30_000;
const QUALITIES = [0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.03];

// Luma from 0 to 255. Black as it is broadcast decodes to nearly 0.
const DARK = 20;
const LIT_SHARE = 0.002;
// An encoder's second look at the same picture differs by less.
const DIFFERENT = 16;
const MOVED_SHARE = 0.0005;
// Two pictures so far apart have to differ.
const APART_MS = 2_000;

interface Sample {
	luma: Uint8Array;
	at: number;
}

/** Pictures looked at from time to time: is there something in them, and does it move? */
export class Picture {
	#canvas = document.createElement('canvas');
	#first: Sample | null = null;
	#lit = false;
	#moved = false;
	#compared = false;

	/** Looks at what is shown now; `at` in milliseconds. */
	look(source: CanvasImageSource, width: number, height: number, at: number): void {
		this.#canvas.width = WIDTH;
		this.#canvas.height = Math.min(MAX_HEIGHT, Math.max(1, Math.round((WIDTH * height) / width)));
		const context = this.#canvas.getContext('2d', { willReadFrequently: true });
		if (!context) return;
		context.drawImage(source, 0, 0, WIDTH, this.#canvas.height);
		const luma = lumaOf(context.getImageData(0, 0, WIDTH, this.#canvas.height));
		this.#lit ||= isLit(luma);
		if (this.#first === null || this.#first.luma.length !== luma.length) {
			this.#first = { luma, at };
		} else if (at - this.#first.at >= APART_MS) {
			this.#compared = true;
			this.#moved ||= differ(this.#first.luma, luma);
		}
	}

	/** The verdict so far; nothing is called frozen before there are two pictures to compare. */
	get kind(): PictureKind {
		if (this.#first === null) return 'none';
		if (!this.#lit) return 'black';
		return this.#compared && !this.#moved ? 'frozen' : 'moving';
	}

	/** Whether two pictures far enough apart were compared. */
	get compared(): boolean {
		return this.#compared;
	}

	/** The last picture as JPEG of at most 30 kB, base64; nothing where there was none. */
	async jpeg(): Promise<string> {
		if (this.#first === null) return '';
		for (const quality of QUALITIES) {
			const blob = await new Promise<Blob | null>((done) =>
				this.#canvas.toBlob(done, 'image/jpeg', quality)
			);
			if (blob && blob.type === 'image/jpeg' && blob.size <= MAX_BYTES) return encoded(blob);
		}
		return '';
	}
}

export function lumaOf({ data }: Pick<ImageData, 'data'>): Uint8Array {
	const luma = new Uint8Array(data.length / 4);
	for (let at = 0; at < luma.length; at++) {
		const [red, green, blue] = [data[4 * at] ?? 0, data[4 * at + 1] ?? 0, data[4 * at + 2] ?? 0];
		luma[at] = (299 * red + 587 * green + 114 * blue) / 1000;
	}
	return luma;
}

export function isLit(luma: Uint8Array): boolean {
	return share(luma, (value) => value > DARK) > LIT_SHARE;
}

export function differ(one: Uint8Array, other: Uint8Array): boolean {
	return share(one, (value, at) => Math.abs(value - (other[at] ?? 0)) > DIFFERENT) > MOVED_SHARE;
}

function share(luma: Uint8Array, counts: (value: number, at: number) => boolean): number {
	let count = 0;
	luma.forEach((value, at) => (count += counts(value, at) ? 1 : 0));
	return count / luma.length;
}

async function encoded(blob: Blob): Promise<string> {
	const bytes = new Uint8Array(await blob.arrayBuffer());
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
