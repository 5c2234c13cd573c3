/** The season as `GET /schedule` tells it. */
import { failure, getJson, isRecord, type Result } from '../api.ts';

export interface Session {
	type: string;
	name: string;
	start_utc: string;
	duration_minutes: number;
	/** When the season's API last said something else of it than before. */
	changed_at?: string | null;
}

export interface Race {
	round: number;
	race_name: string;
	circuit: string;
	circuit_id: string;
	country: string;
	locality: string;
	date: string;
	url: string;
	sessions: Session[];
}

export interface Schedule {
	season: string;
	fetched_at: string;
	stale: boolean;
	races: Race[];
	/** What was announced and then taken off: whole races, or some of a race's sessions. */
	withdrawn?: Race[];
}

export async function schedule(): Promise<Result<Schedule>> {
	const result = await getJson('/schedule');
	if (!result.ok) return result;
	return isSchedule(result.value) ? { ok: true, value: result.value } : failure('malformed');
}

/** Whether the pages can rely on `value`: an answer can be another server's, a kept one older. */
export function isSchedule(value: unknown): value is Schedule {
	if (!isRecord(value) || typeof value.season !== 'string' || !isTime(value.fetched_at))
		return false;
	return isList(value.races, isRace) && isList(value.withdrawn ?? [], isRace);
}

function isRace(value: unknown): boolean {
	const texts = ['race_name', 'circuit', 'circuit_id', 'country', 'locality', 'url'];
	return (
		isRecord(value) &&
		typeof value.round === 'number' &&
		isTime(value.date) &&
		texts.every((key) => typeof value[key] === 'string') &&
		isList(value.sessions, isSession)
	);
}

function isSession(value: unknown): boolean {
	return (
		isRecord(value) &&
		typeof value.type === 'string' &&
		typeof value.name === 'string' &&
		typeof value.duration_minutes === 'number' &&
		isTime(value.start_utc)
	);
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
	return Array.isArray(value) && value.every(isItem);
}

function isTime(value: unknown): boolean {
	return typeof value === 'string' && Number.isFinite(Date.parse(value));
}
