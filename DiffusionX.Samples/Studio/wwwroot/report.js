// What a final picture took: where the time and the bytes went, beside what other ways would have taken.

import { bytes, number, seconds, text } from './texts.js';

const Parts = ['uplink', 'queue', 'compute', 'downlink', 'other'];

/**
 * The way that was taken, measured; sending the draft as a PNG and having the cloud draw everything, reckoned from it.
 * @param {any} report @param {number} pngBytes @param {{uplink_mbps?: number} | undefined} link
 */
export function ways(report, pngBytes, link, cloudSteps) {
  const took = { uplink: report.uplink_seconds, queue: report.queue_seconds, compute: report.compute_seconds, downlink: report.downlink_seconds };
  took.other = Math.max(0, report.seconds - took.uplink - took.queue - took.compute - took.downlink);
  const onLink = count => link?.uplink_mbps ? count * 8 / (link.uplink_mbps * 1e6) : 0;
  const all = cloudSteps / Math.max(1, report.steps);
  const moved = report.bytes_up + report.bytes_down;
  return [
    { name: 'way.own', times: took, bytes: moved, own: true },
    { name: 'way.png', times: { ...took, uplink: Math.max(0, took.uplink + onLink(pngBytes - report.draft_bytes)) }, bytes: moved - report.draft_bytes + pngBytes },
    { name: 'way.cloud', times: { ...took, uplink: Math.max(0, took.uplink - onLink(report.draft_bytes)), compute: took.compute * all }, bytes: moved - report.draft_bytes },
  ];
}

const total = way => Parts.reduce((sum, part) => sum + way.times[part], 0);

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * @param {HTMLElement} place @param {any} final
 * @param {{kept: number | null, pngBytes: number, link: any, rounds: number, refineLater: () => void}} context
 */
export function showReport(place, final, { kept, pngBytes, link, rounds, cloudSteps, refineLater }) {
  const { report } = final;
  const onEdge = report.place === 'edge';
  const fact = (key, value) => make('span', {}, `${text(key)} `, make('b', { textContent: value }));
  const parts = [make('h3', { textContent: text(onEdge ? 'report.edge' : 'report.cloud', { time: seconds(report.seconds) }) })];
  if (onEdge) {
    const again = make('button', { type: 'button', className: 'primary', id: 'refine-later', textContent: text('refine.later') });
    again.addEventListener('click', refineLater);
    parts.push(make('div', { className: 'away' }, make('span', { textContent: text('report.away') }), again));
    if (report.edge_reason) parts.push(make('p', { className: 'note', textContent: report.edge_reason }));
  }
  parts.push(make('div', { className: 'facts' },
    ...kept === null ? [] : [fact('report.kept', number(kept))],
    fact('report.strength', number(report.strength)), fact('report.steps', String(report.steps)),
    ...onEdge ? [] : [fact('report.up', bytes(report.bytes_up)), fact('report.down', bytes(report.bytes_down))],
    ...report.attempts > 1 ? [fact('report.attempts', String(report.attempts))] : []));
  if (!onEdge) parts.push(...bars(report, pngBytes, link, rounds, cloudSteps));
  place.replaceChildren(...parts);
  place.hidden = false;
}

function bars(report, pngBytes, link, rounds, cloudSteps) {
  const all = ways(report, pngBytes, link, cloudSteps);
  const longest = Math.max(...all.map(total));
  const rows = all.flatMap(way => {
    const segments = Parts.map(part => {
      const segment = make('i', { className: part, title: `${text(`part.${part}`)}: ${seconds(way.times[part])}` });
      segment.style.width = `${way.times[part] / longest * 100}%`;
      return segment;
    });
    const bar = make('div', { className: 'bar', role: 'img', ariaLabel: Parts.map(part => `${text(`part.${part}`)} ${seconds(way.times[part])}`).join(', ') }, ...segments);
    return [
      make('span', { className: way.own ? 'name own' : 'name', textContent: text(way.name) }), bar,
      make('span', { className: 'sum', textContent: `${way.own ? '' : '≈ '}${seconds(total(way))} · ${bytes(way.bytes)}` }),
    ];
  });
  const legend = make('div', { className: 'legend' }, ...Parts.map(part => make('span', {}, make('i', { className: part }), text(`part.${part}`))));
  const cloud = all[2];
  return [
    make('div', { className: 'ways' }, ...rows), legend,
    make('p', { className: 'note', textContent: text('report.note', { rounds, time: seconds(total(cloud) * rounds) }) }),
  ];
}
