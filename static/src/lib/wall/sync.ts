/**
 * Keeps several players at the same moment of the programme. Pure: it is told where each player
 * is, and says what each should do about it.
 *
 * A player's lag is how long ago the moment that it shows was broadcast, by the clock that `step`
 * is given. All players are brought to one lag, the least that every one of them can keep; `offset`
 * corrects what a stream says of itself. Small differences are made up by playing a little faster
 * or slower, large ones by one seek.
 */

export interface Member {
	readonly id: string;
	/** The moment of the programme that is shown, in milliseconds. */
	readonly at_ms: number;
	/** The newest moment that can be played without running dry. */
	readonly live_ms: number;
	/** The oldest moment that can still be played. */
	readonly earliest_ms: number;
	/** How much later than the others this one is shown, in seconds. */
	readonly offset_s: number;
	/** Whether it waits for data. */
	readonly waiting: boolean;
}

export interface Correction {
	/** The playback rate from now on. */
	readonly rate: number;
	/** Seconds to seek forwards (or back, below zero); null to play on. */
	readonly seekBy_s: number | null;
}

/** No player is faster or slower than this: nobody hears it. */
export const MOST_NUDGE = 0.05;

const START_NUDGE_S = 0.06;
const STOP_NUDGE_S = 0.02;
const NUDGE_PER_S = 0.3;
const SEEK_S = 0.5;
// A seek takes a while, and says nothing about where it led before that.
const SETTLE_MS = 1_000;
// Who has to seek so often that it is always seeking had better be left behind.
const BETWEEN_SEEKS_MS = 5_000;
const MOST_SEEK_COST_S = 1.5;
const FORGET_STALL_MS = 30_000;

interface Course {
	readonly offset_s: number;
	rate: number;
	soughtAt_ms: number;
	/** What the others play on while it seeks, in seconds: learnt from the last seek. */
	seekCost_s: number;
	/** Whether that is still to be learnt. */
	landing: boolean;
	stalledAt_ms: number;
	waiting: boolean;
}

export class Sync {
	#lag_s: number | null = null;
	#courses = new Map<string, Course>();

	/** The common lag in seconds; null before there is one. */
	get lag_s(): number | null {
		return this.#lag_s;
	}

	/** What each member should do now. Whoever is not among them is forgotten. */
	step(now_ms: number, members: readonly Member[]): Map<string, Correction> {
		this.#forget(members);
		const corrections = new Map<string, Correction>();
		for (const member of members) this.#welcome(now_ms, member);
		for (const member of members) this.#noticeStall(now_ms, member);
		for (const member of members) corrections.set(member.id, this.#correct(now_ms, member));
		return corrections;
	}

	/** The viewer took this member to another moment: the others follow it there. */
	follow(now_ms: number, member: Member): void {
		this.#lag_s = Math.max(lagOf(now_ms, member), this.#leastLag(now_ms, [member]));
	}

	/** All go to the newest moment that all of these can show. */
	toLive(now_ms: number, members: readonly Member[]): void {
		this.#lag_s = members.length ? this.#leastLag(now_ms, members) : null;
	}

	#leastLag(now_ms: number, members: readonly Member[]): number {
		return Math.max(...members.map((member) => liveLagOf(now_ms, member)));
	}

	#forget(members: readonly Member[]) {
		const ids = new Set(members.map(({ id }) => id));
		for (const id of this.#courses.keys()) if (!ids.has(id)) this.#courses.delete(id);
		if (members.length === 0) this.#lag_s = null;
	}

	#welcome(now_ms: number, member: Member) {
		const { id, offset_s, waiting } = member;
		const known = this.#courses.get(id);
		if (known?.offset_s === offset_s) return;
		this.#courses.set(id, {
			offset_s,
			rate: 1,
			soughtAt_ms: -Infinity,
			seekCost_s: known?.seekCost_s ?? 0,
			landing: false,
			stalledAt_ms: -Infinity,
			waiting
		});
		this.#lag_s = Math.max(this.#lag_s ?? -Infinity, liveLagOf(now_ms, member));
	}

	/** Who runs dry catches up; who does so again cannot keep up, and the others wait for it. */
	#noticeStall(now_ms: number, member: Member) {
		const course = this.#courseOf(member);
		// Every seek waits for data; that is no sign of weakness.
		if (course.landing) return;
		if (course.waiting && !member.waiting) {
			const again = now_ms - course.stalledAt_ms < FORGET_STALL_MS;
			if (again) this.#lag_s = Math.max(this.#lag_s ?? -Infinity, lagOf(now_ms, member));
			course.stalledAt_ms = now_ms;
		}
		course.waiting = member.waiting;
	}

	#correct(now_ms: number, member: Member): Correction {
		const course = this.#courseOf(member);
		const since_ms = now_ms - course.soughtAt_ms;
		if (member.waiting || since_ms < SETTLE_MS) return { rate: 1, seekBy_s: null };
		const behind_s = lagOf(now_ms, member) - (this.#lag_s ?? 0);
		if (course.landing) this.#learn(course, behind_s);
		if (Math.abs(behind_s) > SEEK_S && since_ms > BETWEEN_SEEKS_MS) {
			const seekBy_s = this.#seek(now_ms, member, behind_s);
			if (seekBy_s !== null) return { rate: 1, seekBy_s };
		}
		const tolerance_s = course.rate === 1 ? START_NUDGE_S : STOP_NUDGE_S;
		course.rate = Math.abs(behind_s) < tolerance_s ? 1 : nudge(behind_s);
		return { rate: course.rate, seekBy_s: null };
	}

	#learn(course: Course, behind_s: number) {
		course.landing = false;
		course.seekCost_s = Math.min(Math.max(course.seekCost_s + behind_s, 0), MOST_SEEK_COST_S);
	}

	/** How far to seek; null where it stands at the end of what there is already. */
	#seek(now_ms: number, member: Member, behind_s: number): number | null {
		const course = this.#courseOf(member);
		const room_s = (member.earliest_ms - member.at_ms) / 1000;
		const seekBy_s = Math.max(behind_s + course.seekCost_s, room_s);
		if (Math.abs(seekBy_s) < SEEK_S) return null;
		Object.assign(course, { rate: 1, soughtAt_ms: now_ms, landing: true });
		return seekBy_s;
	}

	#courseOf({ id }: Member): Course {
		const course = this.#courses.get(id);
		if (course === undefined) throw new Error(`${id} was not welcomed`);
		return course;
	}
}

const lagOf = (now_ms: number, { at_ms, offset_s }: Member) => (now_ms - at_ms) / 1000 - offset_s;
const liveLagOf = (now_ms: number, { live_ms, offset_s }: Member) =>
	(now_ms - live_ms) / 1000 - offset_s;

function nudge(behind_s: number): number {
	const nudge = Math.min(Math.abs(behind_s) * NUDGE_PER_S, MOST_NUDGE);
	// In whole hundredths: a rate that changes all the time is heard.
	return 1 + Math.sign(behind_s) * Math.max(Math.round(nudge * 100) / 100, 0.01);
}
