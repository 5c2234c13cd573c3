/** What plays a stream when what played it has failed: the next best way to the same content. Pure. */
import type { Stream } from '../api.ts';

/** One way to play a stream. */
export interface Way {
	/** The id of the stream that this way belongs to. */
	readonly id: string;
	readonly url: string;
	readonly site_name: string;
}

/** The ways to a stream, best first: its own, then the alternatives that the server knows. */
export function waysTo({ id, play_url, site_name, alternatives }: Stream): Way[] {
	const own = play_url === null ? [] : [{ id, url: play_url, site_name }];
	const others = alternatives.flatMap((other) =>
		other.playable && other.play_url !== null
			? [{ id: other.id, url: other.play_url, site_name: other.site_name }]
			: []
	);
	return [...own, ...others];
}

/**
 * The best way that was not tried. Links are renewed with their tokens: a way whose link is
 * another one than before counts as new.
 */
export function nextWay(stream: Stream, tried: ReadonlySet<string>): Way | null {
	return waysTo(stream).find(({ url }) => !tried.has(url)) ?? null;
}

/**
 * The best of the other streams that is called the same, and failing that the best of all: what to
 * offer when no way is left. `taken` are on the wall already.
 */
export function successor(
	stream: Stream | undefined,
	playable: readonly Stream[],
	taken: readonly string[]
): Stream | null {
	const free = playable.filter(({ id }) => id !== stream?.id && !taken.includes(id));
	const alike = free.find(({ title }) => stream && plain(title) === plain(stream.title));
	return alike ?? free[0] ?? null;
}

const plain = (title: string) =>
	title
		.normalize('NFKC')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();
