// Text in PNG files, and pictures to files.

import { loadImage } from './stage.js';

/**
 * The uncompressed texts of a PNG, by keyword.
 * @param {ArrayBuffer} buffer
 */
export function readText(buffer) {
  const view = new DataView(buffer);
  const texts = {};
  if (buffer.byteLength < 16 || view.getUint32(0) !== 0x89504e47) return texts;
  for (let at = 8; at + 12 <= buffer.byteLength;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...new Uint8Array(buffer, at + 4, 4));
    if (type === 'IEND' || at + 12 + length > buffer.byteLength) break;
    const data = new Uint8Array(buffer, at + 8, length);
    const end = data.indexOf(0);
    const keyword = new TextDecoder('latin1').decode(data.subarray(0, end));
    if (type === 'tEXt') texts[keyword] = new TextDecoder('latin1').decode(data.subarray(end + 1));
    // Two bytes say that it is not compressed; then come two names that may be empty.
    else if (type === 'iTXt' && data[end + 1] === 0) texts[keyword] = new TextDecoder().decode(data.subarray(data.indexOf(0, data.indexOf(0, end + 3) + 1) + 1));
    at += 12 + length;
  }
  return texts;
}

/** @param {string} url @param {string} name */
export function download(url, name) {
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
}

/**
 * One picture of several, in a row, each with its prompt below.
 * @param {{source: string, caption: string}[]} pictures
 */
export async function strip(pictures) {
  const side = 256, gap = 16, below = 64;
  const images = await Promise.all(pictures.map(each => loadImage(each.source)));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [gap + images.length * (side + gap), side + below + 2 * gap];
  const context = canvas.getContext('2d');
  context.fillStyle = '#15171e';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = '15px system-ui, sans-serif';
  context.imageSmoothingQuality = 'high';
  images.forEach((image, at) => {
    const left = gap + at * (side + gap);
    const scale = side / Math.max(image.naturalWidth, image.naturalHeight);
    context.drawImage(image, left + (side - image.naturalWidth * scale) / 2, gap, image.naturalWidth * scale, image.naturalHeight * scale);
    context.fillStyle = '#eceef4';
    wrap(context, pictures[at].caption, side).slice(0, 3).forEach((line, row) => context.fillText(line, left, side + gap + 22 + 19 * row));
  });
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

function wrap(context, caption, width) {
  const lines = [''];
  for (const word of caption.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
