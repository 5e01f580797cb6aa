// Paints what is to be redrawn. With the keyboard: arrows move the brush, the space bar paints.

const element = id => document.getElementById(id);

export class Brush {
  canvas = element('mask');
  painted = false;
  at = { x: 256, y: 256 };

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.context = this.canvas.getContext('2d');
    this.ring = document.createElement('span');
    this.ring.id = 'brush-ring';
    this.canvas.after(this.ring);
    this.canvas.addEventListener('pointerdown', event => { this.canvas.setPointerCapture(event.pointerId); this.move(event); this.stroke(this.at); });
    this.canvas.addEventListener('pointermove', event => { const from = this.at; this.move(event); if (event.buttons) this.stroke(from); });
    this.canvas.addEventListener('keydown', event => this.key(event));
    element('brush-size').addEventListener('input', () => this.showRing());
    element('brush-clear').addEventListener('click', () => this.clear());
    this.active = false;
  }

  get active() { return !this.canvas.hidden; }
  set active(on) {
    this.canvas.hidden = this.ring.hidden = element('brush-tools').hidden = !on;
    element('brush').setAttribute('aria-pressed', String(on));
    if (on) { this.showRing(); this.canvas.focus(); }
  }

  get width() { return Number(element('brush-size').value) / 100 * this.canvas.width; }

  move(event) {
    const box = this.canvas.getBoundingClientRect();
    this.at = { x: (event.clientX - box.left) / box.width * this.canvas.width, y: (event.clientY - box.top) / box.height * this.canvas.height };
    this.showRing();
  }

  key(event) {
    const step = event.shiftKey ? 40 : 12;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const from = this.at;
    if (move) {
      const within = value => Math.min(512, Math.max(0, value));
      this.at = { x: within(from.x + move[0]), y: within(from.y + move[1]) };
      this.showRing();
      if (event.getModifierState('Control')) this.stroke(from);
    } else if (event.key === ' ') this.stroke(from);
    else return;
    event.preventDefault();
  }

  stroke(from) {
    const context = this.context;
    Object.assign(context, { strokeStyle: '#ff5d3a', lineWidth: this.width, lineCap: 'round', lineJoin: 'round' });
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(this.at.x + 0.01, this.at.y);
    context.stroke();
    this.painted = true;
    this.changed();
  }

  showRing() {
    Object.assign(this.ring.style, {
      left: `${this.at.x / this.canvas.width * 100}%`, top: `${this.at.y / this.canvas.height * 100}%`,
      width: `${this.width / this.canvas.width * 100}%`, aspectRatio: '1',
    });
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.painted = false;
    this.changed();
  }

  /** What is painted as white on black: a PNG in base 64, or null where nothing is. */
  mask() {
    if (!this.active || !this.painted) return null;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [this.canvas.width, this.canvas.height];
    const context = copy.getContext('2d');
    context.drawImage(this.canvas, 0, 0);
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, copy.width, copy.height);
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#000';
    context.fillRect(0, 0, copy.width, copy.height);
    return copy.toDataURL('image/png').split(',')[1];
  }
}
