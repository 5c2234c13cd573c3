/** What is on the wall, and how the address of the page says it. Pure. */

/** How many players there can be at a time. */
export const MOST = 4;

/** `grid`: all of one size. `focus`: the first one large, the others small beside it. */
export type Arrangement = 'grid' | 'focus';

export interface Wall {
	/** The ids of the streams by their place: the first is the large one. */
	readonly streams: readonly string[];
	readonly arrangement: Arrangement;
}

const STREAM = 'stream';
const ARRANGEMENT = 'layout';

/** The wall that an address speaks of; what makes no sense in it is left out. */
export function parse(query: Pick<URLSearchParams, 'get' | 'getAll'>): Wall {
	const streams = [...new Set(query.getAll(STREAM))].filter(Boolean).slice(0, MOST);
	return { streams, arrangement: query.get(ARRANGEMENT) === 'focus' ? 'focus' : 'grid' };
}

/** The query of the address that `parse` reads this wall from; empty for an empty wall. */
export function format({ streams, arrangement }: Wall): string {
	const query = new URLSearchParams(streams.map((id) => [STREAM, id]));
	if (streams.length > 1 && arrangement === 'focus') query.set(ARRANGEMENT, arrangement);
	return query.size ? `?${query}` : '';
}

export function isFull({ streams }: Wall): boolean {
	return streams.length >= MOST;
}

/** With one more at the end; a full wall stays what it is. */
export function added(wall: Wall, id: string): Wall {
	if (wall.streams.includes(id) || isFull(wall)) return wall;
	return { ...wall, streams: [...wall.streams, id] };
}

export function removed(wall: Wall, id: string): Wall {
	return { ...wall, streams: wall.streams.filter((each) => each !== id) };
}

/** With `id` in the place of `old`; on the wall already, they change places. */
export function replaced(wall: Wall, old: string | null, id: string): Wall {
	if (wall.streams.includes(id)) return old === null ? wall : swapped(wall, old, id);
	if (old === null || !wall.streams.includes(old)) return { ...wall, streams: [id] };
	return { ...wall, streams: wall.streams.map((each) => (each === old ? id : each)) };
}

export function swapped(wall: Wall, one: string, other: string): Wall {
	const { streams } = wall;
	if (!streams.includes(one) || !streams.includes(other)) return wall;
	const places = new Map([
		[one, other],
		[other, one]
	]);
	return { ...wall, streams: streams.map((id) => places.get(id) ?? id) };
}

/** Changes places with the neighbour `by` places on; at the end there is none. */
export function moved(wall: Wall, id: string, by: number): Wall {
	const neighbour = wall.streams[wall.streams.indexOf(id) + by];
	return neighbour === undefined ? wall : swapped(wall, id, neighbour);
}

/** With `id` as the large one. */
export function enlarged(wall: Wall, id: string): Wall {
	const [first] = wall.streams;
	const swap = first === undefined ? wall : swapped(wall, first, id);
	return { ...swap, arrangement: 'focus' };
}

/**
 * The order in which players stand in the document: those that were there stay where they are,
 * because a video that is moved in the document stops. Where they are seen is a matter of style.
 */
export function seated(before: readonly string[], streams: readonly string[]): string[] {
	const staying = before.filter((id) => streams.includes(id));
	return [...staying, ...streams.filter((id) => !staying.includes(id))];
}
