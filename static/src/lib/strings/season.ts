/** What the start page says: what is on, the season, and why there may be nothing. */
import { count } from './language.ts';

export const season = {
	home: {
		title: 'Live now',
		lead: 'Every stream here was tried before it was listed. Pick one, and the racing starts.',
		loading: 'Looking for streams',
		available: (n: number) =>
			count(n, 'stream is ready to play', 'streams are ready to play') + '.',
		notPlayable: (n: number) => count(n, 'more does not play now', 'more do not play now')
	},
	empty: {
		noSources: 'No sources yet',
		noSourcesLead:
			'f1stream looks where you tell it to. Add a source to its configuration file, f1stream.toml, then start it again:',
		toml: `[[sources]]
type = "direct"
name = "Garage camera"
url = "https://example.org/live.m3u8"`,
		copy: 'Copy',
		copied: 'Copied',
		nothing: 'Nothing plays right now',
		nothingLead:
			'Your sources were asked, and none offers a stream that plays. This page keeps trying.',
		checking: 'Checking what was found',
		checkingLead: 'Streams were found and are being tried. They show up here as soon as they play.',
		sources: 'Sources',
		streams: 'Streams that do not play'
	}
};
