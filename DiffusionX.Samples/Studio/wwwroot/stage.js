// The picture: as it sharpens, under a brush, or two of them under a slider.

import { text, number } from './texts.js';

const element = id => document.getElementById(id);

/** @param {string} source */
export async function loadImage(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

export class Stage {
  stage = element('stage');
  canvas = element('picture');
  latest = 0;

  constructor() {
    element('compare-slider').addEventListener('input', event => this.slide(Number(event.target.value)));
  }

  /**
   * Shows a picture, unless a later one was asked for meanwhile.
   * @param {string} source @param {string} description
   */
  async show(source, description) {
    const turn = ++this.latest;
    const image = await loadImage(source);
    if (turn !== this.latest) return false;
    // A preview of a few pixels and the picture itself fill the same place.
    const size = Math.max(512, image.naturalWidth);
    const high = Math.round(size * image.naturalHeight / image.naturalWidth);
    if (this.canvas.width !== size || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: size, height: high });
      this.stage.style.aspectRatio = `${size} / ${high}`;
    }
    const context = this.canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, size, high);
    this.canvas.setAttribute('aria-label', description);
    this.stage.classList.remove('empty');
    return true;
  }

  clear() {
    this.latest++;
    this.canvas.setAttribute('aria-label', text('picture.none'));
    this.stage.classList.add('empty');
    this.stage.style.aspectRatio = '';
  }

  /** @param {boolean} drawing @param {number} [done] From 0 to 1. */
  progress(drawing, done = 0) {
    this.stage.classList.toggle('drawing', drawing);
    element('progress').hidden = !drawing;
    element('progress').value = done;
  }

  get comparing() {
    return !element('compare').hidden;
  }

  /**
   * Puts two pictures under one slider, and says how like each other they are.
   * @param {{source: string, name: string}} left @param {{source: string, name: string}} right
   */
  async compare(left, right) {
    const [one, other] = await Promise.all([loadImage(left.source), loadImage(right.source)]);
    element('compare-left').src = left.source;
    element('compare-right').src = right.source;
    element('tag-left').textContent = left.name;
    element('tag-right').textContent = right.name;
    element('compare').hidden = false;
    element('compare-slider').value = '50';
    this.slide(50);
    const similarity = structuralSimilarity(one, other);
    element('similarity').textContent = text('similarity', { value: number(similarity) });
    element('similarity').hidden = false;
    return similarity;
  }

  endComparison() {
    element('compare').hidden = true;
    element('similarity').hidden = true;
  }

  /** @param {number} at Percent. */
  slide(at) {
    element('compare').style.setProperty('--at', `${at}%`);
    element('compare-slider').setAttribute('aria-valuetext', text('compare.at', { left: element('tag-left').textContent, percent: at }));
  }
}

/**
 * The mean structural similarity of two pictures' brightness, over windows of 8 × 8 pixels (Wang and others 2004); 1 where they are equal.
 * @param {HTMLImageElement} one @param {HTMLImageElement} other
 */
export function structuralSimilarity(one, other) {
  const side = 128, window = 8, stride = 4;
  const [x, y] = [brightness(one, side), brightness(other, side)];
  let sum = 0, count = 0;
  for (let top = 0; top <= side - window; top += stride) {
    for (let left = 0; left <= side - window; left += stride, count++) {
      let mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
      for (let row = top; row < top + window; row++) {
        for (let at = row * side + left; at < row * side + left + window; at++) {
          mx += x[at]; my += y[at]; xx += x[at] * x[at]; yy += y[at] * y[at]; xy += x[at] * y[at];
        }
      }
      const n = window * window, c1 = 6.5025, c2 = 58.5225;
      mx /= n; my /= n;
      sum += (2 * mx * my + c1) * (2 * (xy / n - mx * my) + c2) / ((mx * mx + my * my + c1) * (xx / n - mx * mx + yy / n - my * my + c2));
    }
  }
  return sum / count;
}

function brightness(image, side) {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return Float32Array.from({ length: side * side }, (_, at) => 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]);
}
