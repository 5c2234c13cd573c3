import { expect, it } from 'vitest';
import { nearest, type Box, type Direction } from './spatial.ts';

const box = (left: number, top: number, width = 100, height = 50): Box => ({
	left,
	top,
	right: left + width,
	bottom: top + height
});

// Three columns and two rows, with a bar above.
const bar = box(0, 0, 320, 40);
const grid = [box(0, 60), box(110, 60), box(220, 60), box(0, 120), box(110, 120), box(220, 120)];

it.each<[Direction, number, number]>([
	['right', 0, 1],
	['left', 1, 0],
	['down', 1, 4],
	['up', 5, 2],
	['right', 2, -1],
	['left', 3, -1],
	['down', 4, -1]
])('goes %s from %i to %i', (direction, from, to) => {
	const others = grid.map((each, index) => (index === from ? grid[from]! : each));
	expect(nearest(grid[from]!, others, direction)).toBe(to);
});

it('leaves the grid for what lies above it', () => {
	expect(nearest(grid[1]!, [bar, ...grid], 'up')).toBe(0);
});

it('prefers what is straight ahead to what is nearer but aside', () => {
	expect(nearest(box(0, 0), [box(300, 60), box(0, 160)], 'down')).toBe(1);
});

it('finds nothing among nothing', () => {
	expect(nearest(box(0, 0), [], 'down')).toBe(-1);
});
