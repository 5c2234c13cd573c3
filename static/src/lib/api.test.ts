import { afterEach, describe, expect, it, vi } from 'vitest';
import { access, allStreams, extractors, getJson, needsPassword, signIn } from './api.ts';
import { strings } from './strings/index.ts';

function answer(body: string, status = 200, type = 'application/json') {
	const fetched = vi.fn(
		async () => new Response(body, { status, headers: { 'Content-Type': type } })
	);
	vi.stubGlobal('fetch', fetched);
	return fetched;
}

async function errorOf(request: Promise<Awaited<ReturnType<typeof getJson>>>) {
	const result = await request;
	if (result.ok) throw new Error('expected a failure');
	return result.error;
}

afterEach(() => {
	vi.unstubAllGlobals();
});

describe('allStreams', () => {
	it('gives what the server lists', async () => {
		const fetched = answer('{"count": 1, "streams": [{"id": "a"}]}');
		expect(await allStreams()).toEqual({ ok: true, value: [{ id: 'a' }] });
		expect(fetched).toHaveBeenCalledWith('/streams/all', expect.anything());
	});

	it.each(['{}', '[]', 'null', '{"streams": "none"}', '<!doctype html>'])(
		'does not take %s for a list',
		async (body) => {
			answer(body);
			expect((await errorOf(allStreams())).kind).toBe('malformed');
		}
	);
});

describe('extractors', () => {
	it('gives what the server lists', async () => {
		answer('{"extractors": []}');
		expect(await extractors()).toEqual({ ok: true, value: [] });
	});
});

describe('getJson', () => {
	const problem = 'application/problem+json; charset=utf-8';

	it('shows the detail of a problem', async () => {
		answer('{"title": "Unavailable", "status": 503, "detail": "Still starting."}', 503, problem);
		expect(await errorOf(getJson('/x'))).toEqual({
			kind: 'status',
			status: 503,
			message: 'Still starting.'
		});
	});

	it('shows the title of a problem without detail', async () => {
		answer('{"title": "Unavailable", "detail": ""}', 503, problem);
		expect((await errorOf(getJson('/x'))).message).toBe('Unavailable');
	});

	it.each([
		['{"detail": "not for people"}', 'application/json'],
		['{"detail": 7}', problem],
		['<h1>Bad gateway</h1>', 'text/html']
	])('has words of its own where %s is no problem document', async (body, type) => {
		answer(body, 502, type);
		expect((await errorOf(getJson('/x'))).message).toBe(strings.errors.status(502));
	});

	it('says so when nobody answers', async () => {
		vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
		expect(await errorOf(getJson('/x'))).toEqual({
			kind: 'network',
			status: null,
			message: strings.errors.offline
		});
	});

	it('gives up on a server that does not answer in time', async () => {
		vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => rejectedBy(signal));
		expect((await errorOf(getJson('/x', 5))).kind).toBe('timeout');
	});

	it('gives up on a body that stops half way', async () => {
		vi.stubGlobal('fetch', async (_: string, { signal }: { signal: AbortSignal }) => ({
			ok: true,
			headers: new Headers(),
			json: () => rejectedBy(signal)
		}));
		expect((await errorOf(getJson('/x', 5))).kind).toBe('timeout');
	});
});

describe('access', () => {
	it('is free where the server knows of no password', async () => {
		answer('{"title": "Not found", "status": 404}', 404, 'application/problem+json');
		expect(await access()).toEqual({ ok: true, value: { required: false, signed_in: false } });
	});

	it('is what the server says', async () => {
		answer('{"required": true, "signed_in": false}');
		expect(await access()).toEqual({ ok: true, value: { required: true, signed_in: false } });
	});

	it('is got with the password, in the body and nowhere else', async () => {
		const fetched = vi.fn(async (_: string, init: RequestInit) => {
			expect(init).toMatchObject({ method: 'POST', body: '{"password":"s3cret"}' });
			return new Response(null, { status: 204 });
		});
		vi.stubGlobal('fetch', fetched);
		expect(await signIn('s3cret')).toEqual({ ok: true, value: null });
		expect(fetched.mock.calls[0]![0]).toBe('/login');
	});

	it('knows that it is missing by the status 401', async () => {
		answer('{}', 401);
		expect(needsPassword(await errorOf(getJson('/x')))).toBe(true);
		answer('{}', 403);
		expect(needsPassword(await errorOf(getJson('/x')))).toBe(false);
	});
});

function rejectedBy(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason));
	});
}
