/** Notices that the page was asleep, and who should be taken back to live. Pure. */

export interface Watched {
	readonly id: string;
	readonly atEdge: boolean;
	readonly paused: boolean;
}

// A page that is awake looks several times a second; a hidden one may do so once a minute.
const ASLEEP_MS = 10_000;
// After it woke a player takes a while to learn how far behind it is.
const WAKING_MS = 20_000;

export class Vigil {
	#last_ms: number | null = null;
	#wokeAt_ms = -Infinity;
	#atEdge = new Map<string, boolean>();

	/**
	 * The players that were live when the page fell asleep and are not any more. To be asked
	 * steadily, with the time of day, which goes on while the machine sleeps.
	 */
	look(now_ms: number, players: readonly Watched[]): string[] {
		const slept = this.#last_ms !== null && now_ms - this.#last_ms > ASLEEP_MS;
		this.#last_ms = now_ms;
		if (slept) this.#wokeAt_ms = now_ms;
		if (now_ms - this.#wokeAt_ms > WAKING_MS) {
			this.#atEdge = new Map(players.map(({ id, atEdge, paused }) => [id, atEdge && !paused]));
			return [];
		}
		const left = players.filter(({ id, atEdge }) => this.#atEdge.get(id) && !atEdge);
		for (const { id } of left) this.#atEdge.delete(id);
		return left.map(({ id }) => id);
	}

	/** Whether the page woke a moment ago. */
	justWoke(now_ms: number): boolean {
		return now_ms === this.#wokeAt_ms;
	}
}
