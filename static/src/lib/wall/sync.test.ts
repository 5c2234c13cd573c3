import { describe, expect, it } from 'vitest';
import { MOST_NUDGE, Sync, type Member } from './sync.ts';

const STEP_MS = 250;
const WINDOW_MS = 30_000;
// Any clock will do, as long as it runs: that of the page is years off here.
const YEARS_MS = 9e10;

interface Conditions {
	/** How far behind the broadcast its live position is. */
	live_s?: number;
	/** Where it begins to play, behind the broadcast. */
	starts_s?: number;
	offset_s?: number;
	/** How much slower its clock runs than it should. */
	drift?: number;
	seekTakes_s?: number;
}

/** A video that plays, seeks and stalls; time passes for it when the test says so. */
class Player {
	at_ms: number;
	rate = 1;
	seeks = 0;
	rates = new Set<number>();
	offset_s: number;
	paused = false;
	#stalled_s = 0;
	#seeking_s = 0;
	#conditions: Conditions;

	constructor(
		readonly id: string,
		conditions: Conditions = {},
		now_ms = 0
	) {
		this.#conditions = conditions;
		this.offset_s = conditions.offset_s ?? 0;
		this.at_ms = now_ms - 1000 * (conditions.starts_s ?? conditions.live_s ?? 6);
	}

	member(now_ms: number): Member {
		const live_ms = now_ms - 1000 * (this.#conditions.live_s ?? 6);
		return {
			id: this.id,
			at_ms: this.at_ms,
			live_ms,
			earliest_ms: live_ms - WINDOW_MS,
			offset_s: this.offset_s,
			waiting: this.#stalled_s > 0 || this.#seeking_s > 0
		};
	}

	stall(seconds: number) {
		this.#stalled_s = seconds;
	}

	pass(seconds: number) {
		if (this.paused) return;
		if (this.#seeking_s > 0) this.#seeking_s -= seconds;
		else if (this.#stalled_s > 0) this.#stalled_s -= seconds;
		else this.at_ms += 1000 * seconds * this.rate * (1 - (this.#conditions.drift ?? 0));
	}

	obey({ rate, seekBy_s }: { rate: number; seekBy_s: number | null }) {
		this.rate = rate;
		this.rates.add(rate);
		if (seekBy_s === null) return;
		this.seeks++;
		this.at_ms += 1000 * seekBy_s;
		this.#seeking_s = this.#conditions.seekTakes_s ?? 0.4;
	}
}

class Stage {
	now_ms = 0;
	sync = new Sync();
	constructor(readonly players: Player[]) {}

	run(seconds: number) {
		for (let passed = 0; passed < seconds * 1000; passed += STEP_MS) {
			this.now_ms += STEP_MS;
			for (const player of this.players) player.pass(STEP_MS / 1000);
			const members = this.players
				.filter(({ paused }) => !paused)
				.map((player) => player.member(this.now_ms))
				.map((member) => shifted(member));
			const corrections = this.sync.step(this.now_ms + YEARS_MS, members);
			for (const player of this.players) {
				const correction = corrections.get(player.id);
				if (correction) player.obey(correction);
			}
		}
	}

	/** Seconds between the earliest and the latest moment that is shown. */
	spread(): number {
		const shown = this.players.map(({ at_ms, offset_s }) => at_ms / 1000 + offset_s);
		return Math.max(...shown) - Math.min(...shown);
	}

	lags(): number[] {
		return this.players.map(({ at_ms }) => (this.now_ms - at_ms) / 1000);
	}
}

// The page's clock and the programme's are not the same.
const shifted = (member: Member): Member => ({
	...member,
	at_ms: member.at_ms + YEARS_MS / 2,
	live_ms: member.live_ms + YEARS_MS / 2,
	earliest_ms: member.earliest_ms + YEARS_MS / 2
});

describe('players', () => {
	it('that begin apart meet, and stay together', () => {
		const stage = new Stage([
			new Player('a', { live_s: 6 }),
			new Player('b', { live_s: 9.4, drift: 2e-4 }),
			new Player('c', { live_s: 6.8, drift: -2e-4 }),
			new Player('d', { live_s: 14 })
		]);
		stage.run(20);
		for (let minute = 0; minute < 30; minute++) {
			stage.run(60);
			expect(stage.spread()).toBeLessThan(0.3);
		}
		expect(Math.max(...stage.players.map(({ seeks }) => seeks))).toBeLessThanOrEqual(2);
	});

	it('are never faster or slower than nobody hears', () => {
		const stage = new Stage([new Player('a', { live_s: 6 }), new Player('b', { live_s: 6.45 })]);
		stage.run(60);
		const rates = stage.players.flatMap(({ rates }) => [...rates]);
		expect(Math.max(...rates)).toBeLessThanOrEqual(1 + MOST_NUDGE);
		expect(Math.min(...rates)).toBeGreaterThanOrEqual(1 - MOST_NUDGE);
		expect(stage.players.map(({ seeks }) => seeks)).toEqual([0, 0]);
		expect(stage.spread()).toBeLessThan(0.1);
		// Once together they play at their own pace.
		expect(stage.players.map(({ rate }) => rate)).toEqual([1, 1]);
	});

	it('are shown as early as all of them can be', () => {
		const stage = new Stage([new Player('a', { live_s: 3 }), new Player('b', { live_s: 9 })]);
		stage.run(20);
		for (const lag of stage.lags()) expect(lag).toBeCloseTo(9, 0);
	});

	it('wait for one that joins late', () => {
		const stage = new Stage([new Player('a', { live_s: 6 })]);
		stage.run(10);
		stage.players.push(new Player('b', { live_s: 11 }, stage.now_ms));
		stage.run(20);
		expect(stage.spread()).toBeLessThan(0.3);
	});
});

describe('one player', () => {
	it('alone is left in peace', () => {
		const stage = new Stage([new Player('a', { live_s: 6, starts_s: 6.02 })]);
		stage.run(60);
		expect([...(stage.players[0]?.rates ?? [])]).toEqual([1]);
	});

	it('that stalls once catches up; the others play on', () => {
		const stage = new Stage([new Player('a'), new Player('b')]);
		stage.run(10);
		stage.players[0]?.stall(3);
		stage.run(15);
		expect(stage.spread()).toBeLessThan(0.3);
		expect(stage.players.map(({ seeks }) => seeks)).toEqual([1, 0]);
	});

	it('that stalls again and again is waited for', () => {
		const stage = new Stage([new Player('a'), new Player('b')]);
		stage.run(10);
		for (let times = 0; times < 3; times++) {
			stage.players[0]?.stall(3);
			stage.run(15);
		}
		expect(stage.spread()).toBeLessThan(0.3);
		for (const lag of stage.lags()) expect(lag).toBeGreaterThan(8);
	});

	it('that is paused holds nobody up, and is back with the others when it plays', () => {
		const stage = new Stage([new Player('a'), new Player('b')]);
		stage.run(10);
		const [paused] = stage.players;
		if (paused) paused.paused = true;
		stage.run(20);
		if (paused) paused.paused = false;
		stage.run(10);
		expect(stage.spread()).toBeLessThan(0.3);
		expect(stage.lags()[1]).toBeCloseTo(6, 0);
	});

	it('with an offset is shown that much later', () => {
		const stage = new Stage([new Player('a', { live_s: 8 }), new Player('b', { offset_s: 1.5 })]);
		stage.run(20);
		expect(stage.spread()).toBeLessThan(0.3);
		const [a = 0, b = 0] = stage.lags();
		expect(b - a).toBeCloseTo(1.5, 1);

		const later = stage.players[1];
		if (later) later.offset_s = -0.5;
		stage.run(20);
		expect(stage.spread()).toBeLessThan(0.3);
	});

	it('does not seek for ever after what its window does not hold', () => {
		const stage = new Stage([new Player('a', { live_s: 60 }), new Player('b', { live_s: 3 })]);
		stage.run(60);
		expect(stage.players[1]?.seeks).toBeLessThan(16);
	});
});

it('takes all to where the viewer took one, and back to live', () => {
	const stage = new Stage([new Player('a'), new Player('b')]);
	stage.run(10);
	const [a] = stage.players;
	if (!a) throw new Error('no player');
	a.at_ms -= 20_000;
	stage.sync.follow(stage.now_ms + YEARS_MS, shifted(a.member(stage.now_ms)));
	stage.run(20);
	for (const lag of stage.lags()) expect(lag).toBeCloseTo(26, 0);

	const members = stage.players.map((player) => shifted(player.member(stage.now_ms)));
	stage.sync.toLive(stage.now_ms + YEARS_MS, members);
	stage.run(20);
	for (const lag of stage.lags()) expect(lag).toBeCloseTo(6, 0);
	expect(stage.spread()).toBeLessThan(0.3);
});

it('forgets the common moment when nobody is left', () => {
	const sync = new Sync();
	sync.step(0, [new Player('a').member(0)]);
	expect(sync.lag_s).toBeCloseTo(6);
	sync.step(250, []);
	expect(sync.lag_s).toBeNull();
});
