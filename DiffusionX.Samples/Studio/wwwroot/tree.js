// The rounds as a tree: going on goes along, another branch goes aside.

import { changed } from './words.js';
import { text } from './texts.js';
import { pictureUrl } from './api.js';

const flat = matchMedia('(max-width: 900px)');
const Box = { along: { down: 126, right: 98 }, aside: { down: 98, right: 126 }, side: 82 };

/**
 * Where each round lies: how far from the start, and in which lane. The first child goes on in its parent's lane.
 * @param {{number: number, parent?: number}[]} rounds
 */
export function layout(rounds) {
  const children = new Map();
  for (const round of rounds) children.set(round.parent ?? 0, [...children.get(round.parent ?? 0) ?? [], round]);
  const places = new Map();
  let lanes = -1;
  const place = (round, depth, lane) => {
    places.set(round.number, { depth, lane });
    (children.get(round.number) ?? []).forEach((child, at) => place(child, depth + 1, at === 0 ? lane : ++lanes));
  };
  for (const root of children.get(0) ?? []) place(root, 0, ++lanes);
  return places;
}

/** The rounds that led to one, with it. */
export function pathTo(rounds, number) {
  const path = [];
  for (let round = rounds[number - 1]; round; round = rounds[(round.parent ?? 0) - 1]) path.unshift(round);
  return path;
}

export class Tree {
  element = document.getElementById('tree');
  marked = null;
  shown = '';

  /** @param {{go: (n: number) => void, compare: (a: number, b: number) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    flat.addEventListener('change', () => this.last && this.show(...this.last));
    this.element.addEventListener('keydown', event => this.key(event));
  }

  /** @param {any} session @param {{parent: number | null, prompt: string} | null} pending */
  show(session, pending) {
    this.last = [session, pending];
    const rounds = session?.rounds ?? [];
    const all = pending ? [...rounds, { number: rounds.length + 1, parent: pending.parent ?? undefined, prompt: pending.prompt, pending: true }] : rounds;
    const places = layout(all);
    const position = number => {
      const { depth, lane } = places.get(number);
      return flat.matches ? { x: depth * Box.along.right, y: lane * Box.aside.right } : { x: lane * Box.aside.down, y: depth * Box.along.down };
    };
    const focused = document.activeElement?.dataset?.round;
    const path = new Set(pathTo(all, pending ? all.length : session?.current_round ?? 0).map(round => round.number));
    this.element.replaceChildren(this.lines(all, position, path), ...all.map(round => this.node(session, rounds, round, position(round.number), path)));
    const ends = all.map(round => position(round.number));
    this.element.style.width = `${Math.max(0, ...ends.map(end => end.x)) + Box.side}px`;
    this.element.style.height = all.length ? `${Math.max(0, ...ends.map(end => end.y)) + 120}px` : '0';
    if (focused) this.element.querySelector(`[data-round="${focused}"]`)?.focus();
    const current = pending ? all.length : session?.current_round;
    const now = `${session?.id} ${current} ${all.length}`;
    if (current && now !== this.shown) {
      const { x, y } = position(current);
      const frame = this.element.parentElement;
      frame.scrollTo({ left: x - (frame.clientWidth - Box.side) / 2, top: y - (frame.clientHeight - Box.side) / 2 });
    }
    this.shown = now;
  }

  lines(all, position, path) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('aria-hidden', 'true');
    const half = Box.side / 2;
    for (const round of [...all].sort((one, other) => path.has(one.number) - path.has(other.number))) {
      if (!round.parent) continue;
      const [from, to] = [position(round.parent), position(round.number)];
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      line.setAttribute('d', flat.matches
        ? `M${from.x + Box.side} ${from.y + half}C${to.x - 4} ${from.y + half} ${from.x + Box.side} ${to.y + half} ${to.x} ${to.y + half}`
        : `M${from.x + half} ${from.y + half}C${from.x + half} ${to.y - 20} ${to.x + half} ${from.y + Box.side + 10} ${to.x + half} ${to.y}`);
      if (path.has(round.number)) line.setAttribute('class', 'path');
      svg.append(line);
    }
    return svg;
  }

  node(session, rounds, round, { x, y }, path) {
    const parent = rounds[(round.parent ?? 0) - 1];
    const words = parent ? changed(parent.prompt, round.prompt) || text('tree.same') : round.prompt;
    const final = session?.finals?.findLast(each => each.round === round.number);
    const node = document.createElement('div');
    node.className = 'round';
    node.role = 'treeitem';
    node.dataset.round = round.number;
    Object.assign(node.style, { left: `${x}px`, top: `${y}px` });
    node.ariaLevel = String(pathTo(round.pending ? [...rounds, round] : rounds, round.number).length);
    const isCurrent = round.number === session?.current_round;
    if (isCurrent) node.setAttribute('aria-current', 'true');
    node.ariaSelected = String(isCurrent);
    node.tabIndex = isCurrent || (!session?.current_round && round.number === 1) ? 0 : -1;
    node.classList.toggle('marked', round.number === this.marked);
    node.ariaLabel = [
      parent ? text('tree.from', { number: round.number, parent: parent.number, prompt: round.prompt, words }) : text('tree.first', { number: round.number, prompt: round.prompt }),
      ...final ? [text('tree.final')] : [], ...round.number === this.marked ? [text('tree.marked')] : [], ...round.pending ? [text('drawing')] : [],
    ].join('. ');
    node.title = round.prompt;
    node.append(this.thumb(session, round, final), Object.assign(document.createElement('span'), { className: 'words', textContent: words || text('tree.picture') }));
    if (round.pending) node.classList.add('pending');
    else this.listen(node, round.number);
    return node;
  }

  thumb(session, round, final) {
    const thumb = Object.assign(document.createElement('span'), { className: 'thumb' });
    if (!round.pending) {
      const image = Object.assign(new Image(), { src: pictureUrl(session.id, 'round', round.number), alt: '', draggable: false });
      thumb.append(image, Object.assign(document.createElement('span'), { className: 'number', textContent: round.number }));
    }
    if (final) thumb.append(Object.assign(document.createElement('span'), { className: 'star', textContent: '★' }));
    return thumb;
  }

  listen(node, number) {
    node.draggable = true;
    node.addEventListener('click', () => this.actions.go(number));
    node.addEventListener('dragstart', event => { event.dataTransfer.setData('text/x-round', String(number)); event.dataTransfer.effectAllowed = 'link'; });
    node.addEventListener('dragover', event => {
      if (event.dataTransfer.types.includes('text/x-round')) { event.preventDefault(); node.classList.add('over'); }
    });
    node.addEventListener('dragleave', () => node.classList.remove('over'));
    node.addEventListener('drop', event => {
      node.classList.remove('over');
      const other = Number(event.dataTransfer.getData('text/x-round'));
      if (other && other !== number) { event.preventDefault(); event.stopPropagation(); this.actions.compare(other, number); }
    });
  }

  /** Marks a round for a comparison, or compares it with the one that is marked. */
  mark(number) {
    if (this.marked && this.marked !== number) {
      const other = this.marked;
      this.marked = null;
      this.actions.compare(other, number);
    } else this.marked = this.marked ? null : number;
    if (this.last) this.show(...this.last);
  }

  key(event) {
    const number = Number(event.target.dataset?.round);
    const rounds = this.last?.[0]?.rounds ?? [];
    if (!number || !rounds[number - 1]) return;
    const next = {
      ArrowDown: number + 1, ArrowUp: number - 1, ArrowLeft: rounds[number - 1].parent,
      ArrowRight: rounds.find(round => round.parent === number)?.number, Home: 1, End: rounds.length,
    }[event.key];
    if (next) this.element.querySelector(`[data-round="${next}"]`)?.focus();
    else if (event.key === 'Enter' || event.key === ' ') this.actions.go(number);
    else if (event.key === 'c') this.mark(number);
    else return;
    event.preventDefault();
  }
}
