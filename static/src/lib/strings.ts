/**
 * Every text that a person reads, in one place: to translate the app is to translate this file.
 * Numbers, dates and units come formatted from format.ts, in this language.
 */
import type { Verdict } from './api.ts';

export const language = 'en-GB';

const plural = new Intl.PluralRules(language);

function count(n: number, one: string, other: string): string {
	return `${n} ${plural.select(n) === 'one' ? one : other}`;
}

const levels: Record<NonNullable<Verdict['level']>, string> = {
	manifest: 'Playlist read',
	segment: 'Video downloaded',
	buffered: 'Buffered in a browser',
	frames: 'Seen playing in a browser'
};

// The reasons the server gives, in words; one it learns later is shown as it comes.
const reasons: Record<string, string> = {
	unreachable: 'The server of this stream cannot be reached',
	'http status': 'The server of this stream answers with an error',
	'not a playlist': 'What was found there is not a playlist',
	stalled: 'It starts, then stops',
	stale: 'It no longer moves on',
	timeout: 'It takes too long to answer',
	refused: 'f1stream is not allowed to fetch it'
};

export const strings = {
	app: {
		name: 'f1stream',
		title: (page: string) => `${page} · f1stream`,
		skip: 'Skip to the content',
		navigation: 'Main',
		home: 'Home',
		watch: 'Watch',
		footer: 'Self-hosted. It shows what your own sources offer, and nothing else.'
	},
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
	},
	source: {
		states: {
			ok: 'Working',
			failing: 'Failing',
			pending: 'Not asked yet',
			running: 'Being asked now'
		},
		streams: (n: number) => count(n, 'stream', 'streams'),
		asked: (age: string) => `asked ${age}`,
		unknown: 'The list of sources could not be loaded.'
	},
	stream: {
		live: 'Live',
		untitled: 'Untitled stream',
		responds: (time: string) => `answers in ${time}`,
		levels,
		proven: (what: string, age: string | null) => (age === null ? what : `${what} ${age}`),
		unchecked: 'Not checked yet',
		reason: (reason: string) => reasons[reason] ?? reason.charAt(0).toUpperCase() + reason.slice(1),
		checked: (age: string) => `Checked ${age}`
	},
	watch: {
		title: 'Watch',
		list: 'Streams',
		invite: 'Choose a stream',
		inviteLead: 'Pick one from the list to start watching.',
		inviteNothing: 'Nothing plays right now. Streams appear in the list as soon as one does.',
		notPlayable: (n: number) => `Not playable (${n})`,
		none: 'No stream plays right now.',
		unknown: 'This stream is not listed any more',
		unknownLead: 'It may have ended, or its source was removed.',
		back: 'See what is live',
		noPlayer: 'This stream cannot be played here',
		noPlayerLead: 'Its source offers a page of its own instead of a video that f1stream can play.',
		doubtful: (reason: string) => `The last check found a problem: ${reason.toLowerCase()}.`,
		unlisted: 'This stream has left the list. It plays for as long as its source sends it.'
	},
	player: {
		label: (title: string) => `Player: ${title}`,
		loading: 'Loading…',
		waiting: 'Waiting for the stream…',
		recovering: 'Recovering…',
		failed: 'This stream does not play',
		failures: {
			unsupported: 'This browser cannot play what the stream sends.',
			network: 'The stream could not be loaded, after several tries.',
			gone: 'The source no longer offers this stream.',
			forbidden: 'The link to this stream is no longer valid. Load the page again.',
			media: 'The video could not be decoded, after several tries.',
			'player missing': 'The player could not be loaded from the server.'
		},
		retry: 'Try again',
		unmute: 'Unmute',
		quality: 'Quality',
		auto: 'Auto',
		autoAt: (level: string) => `Auto (${level})`,
		level: (n: number) => `Level ${n}`,
		live: 'Live',
		goLive: 'Go live',
		behind: (time: string) => `${time} behind live`
	},
	errors: {
		offline: 'f1stream does not answer. Is the server running?',
		timeout: 'f1stream took too long to answer.',
		malformed: 'f1stream answered with something that this page does not understand.',
		status: (status: number) => `f1stream answered with an error (${status}).`,
		stale: (message: string, age: string) => `${message} This is how things stood ${age}.`,
		retry: 'Try again',
		notFound: 'Nothing is here',
		notFoundLead: 'The address does not belong to any page of f1stream.',
		broken: 'This page broke down',
		brokenLead: 'Loading it again usually helps.',
		back: 'Back to the start'
	},
	time: { now: 'just now' }
};
