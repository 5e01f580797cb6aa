// The drawer: how the next rounds are drawn, and where they are refined.

import { number, text } from './texts.js';

const element = id => document.getElementById(id);
const Fields = { model: 'set-model', seed: 'set-seed', steps: 'set-steps', guidance_scale: 'set-guidance', size: 'set-size', negative_prompt: 'set-negative', cloud: 'set-cloud', link: 'set-link' };
const Numbers = new Set(['seed', 'steps', 'guidance_scale']);

export class Settings {
  /** @param {(changed: object) => Promise<void>} changed */
  constructor(changed) {
    this.changed = changed;
    this.touched = {};
    for (const [name, id] of Object.entries(Fields)) {
      element(id).addEventListener('input', () => this.outputs());
      element(id).addEventListener('change', () => this.change(name));
    }
    element('set-address').addEventListener('change', () => this.change('cloud'));
    element('dice').addEventListener('click', () => { element('set-seed').value = String(Math.floor(Math.random() * 2 ** 31)); this.change('seed'); });
  }

  /** What there is to choose from. */
  options(options) {
    this.known = options;
    const fill = (id, entries) => element(id).replaceChildren(...entries.map(([value, name]) => new Option(name, value)));
    fill('set-model', options.models.map(model => [model.id, text('model.of', { name: model.id, size: model.size })]));
    fill('set-link', options.links.map(link => [link.id, text('link.of', {
      name: text(`link.${link.id}`), speed: link.uplink_mbps ? `${link.uplink_mbps}/${link.downlink_mbps} Mbps, ${link.latency_ms} ms` : '',
    }).replace(/[\s,·:]+$/, '')]));
    fill('set-cloud', [['host', options.cloud_address ?? text('cloud.here')], ['address', text('cloud.at')], ['none', text('cloud.none')]]);
    element('set-cloud').disabled = element('set-link').disabled = !options.clients_choose_cloud;
    element('set-steps').max = String(Math.min(options.max_steps, 60));
    this.show(null);
  }

  /** Shows a session's settings, or those of the one to come. */
  show(session) {
    if (!this.known) return;
    if (session) this.touched = {};
    const own = { ...session?.settings, ...this.touched };
    const model = this.known.models.find(each => each.id === (session?.model ?? own.model)) ?? this.known.models[0];
    const half = Math.round(model.size * 1.5 / 64) * 64;
    const sizes = [...new Set(['auto', `${model.size}x${model.size}`, `${half}x${model.size}`, `${model.size}x${half}`, ...own.size ? [own.size] : []])];
    element('set-size').replaceChildren(...sizes.map(size => new Option(size === 'auto' ? text('size.auto', { size: model.size }) : size.replace('x', ' × '), size)));
    element('set-model').value = model.id;
    element('set-seed').value = String(session?.seed ?? own.seed ?? '');
    element('set-seed').placeholder = text('seed.chance');
    element('set-steps').value = String(own.steps ?? model.steps);
    element('set-guidance').value = String(own.guidance_scale ?? model.guidance_scale);
    element('set-size').value = own.size ?? 'auto';
    element('set-negative').value = own.negative_prompt ?? '';
    const isAddress = own.cloud && !['host', 'none'].includes(own.cloud);
    element('set-cloud').value = isAddress ? 'address' : own.cloud ?? 'host';
    if (isAddress) element('set-address').value = own.cloud;
    element('set-link').value = own.link ?? this.known.link ?? '';
    this.outputs();
  }

  outputs() {
    document.querySelector('output[for="set-steps"]').textContent = element('set-steps').value;
    document.querySelector('output[for="set-guidance"]').textContent = number(Number(element('set-guidance').value), 1);
    element('address-row').hidden = element('set-cloud').value !== 'address';
  }

  /** Sets what a dropped picture was drawn with. */
  take(values) {
    Object.assign(this.touched, values);
    this.show(null);
  }

  /** What a session is begun with. */
  wanted() {
    return this.touched;
  }

  async change(name) {
    let value = element(Fields[name]).value;
    if (name === 'cloud' && value === 'address') {
      value = element('set-address').value.trim();
      if (!value) { element('set-address').focus(); return; }
    }
    if (Numbers.has(name)) {
      if (value === '') return;
      value = Number(value);
    }
    this.touched[name] = value;
    await this.changed({ [name]: value });
  }
}
