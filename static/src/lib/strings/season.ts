/** What the start page says: what is on, the season, and why there may be nothing. */
import { count } from './language.ts';

export const season = {
	home: {
		title: 'Season',
		heading: 'The racing weekend, in your browser',
		loading: 'Loading the season',
		ready: 'Ready to play',
		available: (n: number) =>
			count(n, 'stream is ready to play', 'streams are ready to play') + '.',
		all: (n: number) => `All ${n}`,
		notPlayable: (n: number) => count(n, 'does not play now', 'do not play now')
	},
	now: {
		live: 'Live now',
		next: 'Up next',
		over: 'That was the season',
		overLead:
			'Every session of it has been run. The next season shows up here once it is published.',
		unknown: 'No calendar yet',
		unknownLead: 'The season could not be loaded. It shows up here as soon as it can be.',
		watch: 'Watch',
		startsIn: (session: string) => `${session} starts in`,
		since: (time: string) => `Since ${time}`,
		starts: (day: string, time: string) => `${day} at ${time}`,
		someTime: (day: string) => `${day}, time to be announced`,
		then: (session: string, day: string, time: string) => `Then ${session}, ${day} at ${time}`,
		units: { days: 'days', hours: 'hours', minutes: 'min', seconds: 'sec' }
	},
	season: {
		title: (year: string) => `Season ${year}`,
		round: (n: number) => `Round ${n}`,
		sprint: 'Sprint',
		live: 'Live',
		cancelled: 'Cancelled',
		changed: 'Changed',
		changedAt: (age: string) => `Changed ${age}`,
		done: 'Done',
		noTime: 'Time to be announced',
		noSessions: 'No sessions announced yet',
		past: (n: number) => count(n, 'past round', 'past rounds'),
		yourTime: (zone: string) => `Your time (${zone})`,
		trackTime: (zone: string) => `Track time (${zone})`,
		showTrackTime: 'Show the time at the track',
		atTrack: (day: string, time: string, zone: string) => `${day} ${time} ${zone} at the track`,
		about: (race: string) => `More about the ${race}`,
		subscribe: 'Add to calendar',
		download: 'Download',
		downloadLabel: 'Download the calendar as a file',
		asOf: (age: string) =>
			`Times as of ${age}. The season’s own source does not answer at the moment.`,
		offline: (age: string) => `Times as of ${age}. f1stream does not answer at the moment.`
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
		nextIs: (race: string, session: string, day: string, time: string) =>
			`Next is ${session} of the ${race}, ${day} at ${time}.`,
		checking: 'Checking what was found',
		checkingLead: 'Streams were found and are being tried. They show up here as soon as they play.',
		sources: 'Sources',
		streams: 'Streams that do not play'
	}
};
