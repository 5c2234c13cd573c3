/**
 * What the server says, as values: a fetch here never throws.
 * A failure comes back as an ApiError whose message can be shown as it is.
 */
import { clock } from './clock.svelte.ts';
import { strings } from './strings/index.ts';

/** What playing a stream in a browser showed; what it could not tell is null. */
export interface Evidence {
	player: string;
	error: string | null;
	status: number | null;
	width: number | null;
	height: number | null;
	codecs: string[];
	first_frame_ms: number | null;
	played_s: number;
	decoded_frames: number;
	dropped_frames: number;
	bandwidth_bps: number | null;
	audio: 'heard' | 'silent' | 'none' | null;
	picture: 'moving' | 'frozen' | 'black' | 'none' | null;
	framing: 'allowed' | 'refused' | null;
}

export interface Proof {
	proven_at: string;
	means: 'probe' | 'local browser' | 'remote browser';
	level: Verdict['level'];
	reason: string | null;
	detail: string | null;
	evidence: Evidence;
}

export interface Verdict {
	level: 'manifest' | 'segment' | 'buffered' | 'frames' | null;
	playable: boolean;
	reason: string | null;
	detail: string | null;
	checked_at: string | null;
	proof: Proof | null;
}

/** What was seen of a stream's media. */
export interface Health {
	state: 'live' | 'ended' | 'stale';
	container: 'ts' | 'fmp4' | 'audio' | 'text' | null;
	codecs: string[];
	width: number | null;
	height: number | null;
	encryption: string | null;
	latency_s: number | null;
	throughput_bps: number | null;
}

/** Another way to the same stream, to fall back on. */
export interface Alternative {
	id: string;
	site_name: string;
	quality: string | null;
	playable: boolean;
	play_url: string | null;
}

export interface Stream {
	id: string;
	title: string;
	site_key: string;
	site_name: string;
	quality: string | null;
	stream_type: 'm3u8' | 'embed';
	is_live: boolean;
	verdict: Verdict;
	health: Health | null;
	response_time_ms: number | null;
	bitrate: number | null;
	checked_at: string | null;
	extracted_at: string;
	/** Whether its source did not answer when it was last asked. */
	stale: boolean;
	alternatives: Alternative[];
	play_url: string | null;
	/** The page of an embed on its own site. */
	page_url: string | null;
	preview_url: string | null;
}

export interface Extractor {
	key: string;
	name: string;
	state: 'ok' | 'failing' | 'pending' | 'running';
	last_run: string | null;
	streams: number;
	error: string | null;
}

export interface ApiError {
	kind: 'network' | 'timeout' | 'status' | 'malformed';
	status: number | null;
	message: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: ApiError };

const TIMEOUT_MS = 10_000;

/** Every stream the server knows, those that do not play included. */
export function allStreams(): Promise<Result<Stream[]>> {
	return list<Stream>('/streams/all', 'streams');
}

/** Whether a password is asked for here, and was given. A server that knows none answers 404. */
export interface Access {
	required: boolean;
	signed_in: boolean;
}

export async function access(): Promise<Result<Access>> {
	const result = await getJson('/session');
	if (result.ok) return { ok: true, value: result.value as Access };
	return result.error.status === 404
		? { ok: true, value: { required: false, signed_in: false } }
		: result;
}

export function signIn(password: string): Promise<Result<null>> {
	return post('/login', { password });
}

export function signOut(): Promise<Result<null>> {
	return post('/logout', {});
}

/** How each source fared when it was last asked. */
export function extractors(): Promise<Result<Extractor[]>> {
	return list<Extractor>('/extractors', 'extractors');
}

async function list<T>(path: string, key: string, timeout = TIMEOUT_MS): Promise<Result<T[]>> {
	const result = await getJson(path, timeout);
	if (!result.ok) return result;
	const items = isRecord(result.value) ? result.value[key] : undefined;
	// The server is ours and its contract is tested there; this guards against another one's answer.
	return Array.isArray(items) ? { ok: true, value: items as T[] } : failure('malformed');
}

export async function getJson(path: string, timeout = TIMEOUT_MS): Promise<Result<unknown>> {
	const result = await ask(path, { headers: { Accept: 'application/json' } }, timeout);
	return result.ok && result.value === undefined ? failure('malformed') : result;
}

async function post(path: string, content: unknown): Promise<Result<null>> {
	const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
	const body = JSON.stringify(content);
	const result = await ask(path, { method: 'POST', headers, body }, TIMEOUT_MS);
	return result.ok ? { ok: true, value: null } : result;
}

/** The answer's JSON; undefined where it has none. */
async function ask(path: string, init: RequestInit, timeout: number): Promise<Result<unknown>> {
	let response: Response;
	let body: unknown;
	const sentAt = clock.server.local();
	try {
		response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeout) });
		clock.learn(response.headers.get('Date'), sentAt);
		body = await response.json().catch((error: unknown) => {
			if (isTimeout(error)) throw error;
			return undefined;
		});
	} catch (error) {
		return failure(isTimeout(error) ? 'timeout' : 'network');
	}
	return response.ok ? { ok: true, value: body } : refusal(response, body);
}

/** Says what the server said, where it gave a reason (RFC 9457). */
function refusal(response: Response, body: unknown): Result<never> {
	const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
	const problem = isProblem && isRecord(body) ? body : {};
	const said = [problem.detail, problem.title].find((text) => typeof text === 'string' && text);
	return failure('status', response.status, typeof said === 'string' ? said : undefined);
}

export function failure(kind: ApiError['kind'], status: number | null = null, said?: string) {
	const message = {
		network: strings.errors.offline,
		timeout: strings.errors.timeout,
		malformed: strings.errors.malformed,
		status: said ?? strings.errors.status(status ?? 0)
	}[kind];
	return { ok: false as const, error: { kind, status, message } };
}

/** Whether the viewer has to sign in first. */
export const needsPassword = (error: ApiError | null): boolean => error?.status === 401;

function isTimeout(error: unknown): boolean {
	return error instanceof DOMException && error.name === 'TimeoutError';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
