/** What the page with the players says. */

export const watch = {
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
	}
};
