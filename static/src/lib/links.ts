import { resolve } from '$app/paths';

/** The query parameter of /watch that says which stream plays. */
export const STREAM_PARAMETER = 'stream';

export const watchPath = (id: string): string =>
	`${resolve('/watch')}?${new URLSearchParams({ [STREAM_PARAMETER]: id })}`;
