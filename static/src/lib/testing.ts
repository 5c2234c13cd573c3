/** Stand-ins for what only a browser has, for tests. */
import type { Source } from './events.svelte.ts';

export class FakePage extends EventTarget {
	visibilityState: DocumentVisibilityState = 'visible';

	turn(state: DocumentVisibilityState) {
		this.visibilityState = state;
		this.dispatchEvent(new Event('visibilitychange'));
	}
}

/** A server-sent event stream whose server is the test. */
export class FakeSource extends EventTarget implements Source {
	static readonly CONNECTING = 0;
	static readonly OPEN = 1;
	static readonly CLOSED = 2;
	readyState: number = FakeSource.CONNECTING;

	constructor(readonly url: string) {
		super();
	}

	accept() {
		this.readyState = FakeSource.OPEN;
		this.dispatchEvent(new Event('open'));
	}

	/** The connection breaks: the browser will try again by itself. */
	lose() {
		this.readyState = FakeSource.CONNECTING;
		this.dispatchEvent(new Event('error'));
	}

	/** The server answers with an error: the browser gives up. */
	refuse() {
		this.readyState = FakeSource.CLOSED;
		this.dispatchEvent(new Event('error'));
	}

	tell(topic: string) {
		this.dispatchEvent(new Event(topic));
	}

	close() {
		this.readyState = FakeSource.CLOSED;
	}
}
