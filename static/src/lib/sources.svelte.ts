import { extractors, type Extractor, type Result } from './api.ts';

/** How each source fares, asked for when somebody wonders why nothing plays. */
export class Sources {
	#answer = $state.raw<Result<Extractor[]> | null>(null);
	#asked = 0;
	#load: () => Promise<Result<Extractor[]>>;

	constructor(load: () => Promise<Result<Extractor[]>> = extractors) {
		this.#load = load;
	}

	/** The last answer; null before the first. */
	get answer(): Result<Extractor[]> | null {
		return this.#answer;
	}

	async refresh(): Promise<void> {
		const asked = ++this.#asked;
		const answer = await this.#load();
		// An older answer that comes late says nothing any more.
		if (asked === this.#asked) this.#answer = answer;
	}
}
