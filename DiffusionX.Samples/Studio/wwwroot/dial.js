// The dial between "keep" and "change": what the predictor chose, and what the user makes of it.

import { number, text } from './texts.js';

const element = id => document.getElementById(id);

export class Dial {
  predicted = 1;
  /** @type {number | null} What the user chose; null where the predictor does. */
  chosen = null;
  enabled = false;

  constructor() {
    this.input = element('strength');
    this.input.addEventListener('input', () => { this.chosen = Number(this.input.value); this.show(); });
    element('dial-origin').addEventListener('click', () => this.reset());
  }

  reset() {
    this.chosen = null;
    this.show();
  }

  /** @param {number} strength @param {boolean} enabled */
  predict(strength, enabled) {
    this.predicted = strength;
    this.enabled = enabled;
    if (!enabled) this.chosen = null;
    this.show();
  }

  show() {
    const value = this.chosen ?? this.predicted;
    // The input lies over the arc, so its place across is the value.
    const angle = at => Math.acos(1 - 2 * at);
    element('dial').classList.toggle('off', !this.enabled);
    this.input.disabled = !this.enabled;
    this.input.value = String(value);
    this.input.setAttribute('aria-valuetext', `${number(value)}, ${this.origin()}`);
    element('dial-thumb').setAttribute('cx', String(70 - 58 * Math.cos(angle(value))));
    element('dial-thumb').setAttribute('cy', String(66 - 58 * Math.sin(angle(value))));
    element('dial-sweep').style.strokeDasharray = `${angle(value) / Math.PI * 100} 200`;
    element('dial-predicted').setAttribute('transform', `translate(70 66) rotate(${angle(this.predicted) / Math.PI * 180})`);
    element('dial-value').textContent = number(value);
    element('dial-origin').textContent = this.origin();
    element('dial-origin').disabled = this.chosen === null;
  }

  origin() {
    return text(!this.enabled ? 'dial.noise' : this.chosen === null ? 'dial.predicted' : 'dial.chosen');
  }
}
