import { resolve } from '$app/paths';

/** The query parameter of /watch that says which stream plays. */
export const STREAM_PARAMETER = 'stream';

/** The query parameter of /login that says which page asked for a password. */
export const NEXT_PARAMETER = 'next';

export const watchPath = (id: string): string =>
	`${resolve('/watch')}?${new URLSearchParams({ [STREAM_PARAMETER]: id })}`;

export const loginPath = (next: string): string =>
	`${resolve('/login')}?${new URLSearchParams({ [NEXT_PARAMETER]: next })}`;

/** Where to go after signing in: a page of this app, whatever the address says. */
export function nextPath(url: { origin: string; search: string }): string {
	const start = resolve('/');
	const wanted = new URL(new URLSearchParams(url.search).get(NEXT_PARAMETER) ?? start, url.origin);
	const isElsewhere = wanted.origin !== url.origin || wanted.pathname === resolve('/login');
	return isElsewhere ? start : wanted.pathname + wanted.search;
}
