// All sessions that the host keeps.

import * as api from './api.js';
import { date, text } from './texts.js';

const element = id => document.getElementById(id);

/**
 * @param {string | undefined} current
 * @param {(id: string) => Promise<void>} open @param {(id: string) => void} deleted
 */
export async function showGallery(current, open, deleted) {
  const sessions = (await api.list()).filter(session => session.round_count);
  sessions.sort((one, other) => (other.updated_at ?? other.created_at) - (one.updated_at ?? one.created_at));
  element('gallery').replaceChildren(...sessions.map(session => card(session, session.id === current, open, deleted)));
  if (!sessions.length) element('gallery').append(Object.assign(document.createElement('li'), { textContent: text('sessions.none') }));
  element('sessions').showModal();
}

function card(session, isCurrent, open, deleted) {
  const item = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { className: 'card', type: 'button' });
  if (isCurrent) button.setAttribute('aria-current', 'true');
  const picture = session.image_url
    ? Object.assign(new Image(), { src: session.image_url, alt: '', loading: 'lazy' })
    : Object.assign(document.createElement('span'), { className: 'blank' });
  const words = document.createElement('span');
  words.append(
    Object.assign(document.createElement('b'), { textContent: session.title || text('tree.picture') }),
    Object.assign(document.createElement('small'), { textContent: `${text('sessions.rounds', { count: session.round_count })} · ${date(session.updated_at ?? session.created_at)}` }));
  button.append(picture, words);
  button.addEventListener('click', async () => { element('sessions').close(); await open(session.id); });

  const remove = Object.assign(document.createElement('button'), { className: 'delete', type: 'button', textContent: '✕', ariaLabel: text('delete', { prompt: session.title ?? '' }) });
  remove.addEventListener('click', async () => {
    if (!remove.classList.contains('sure')) {
      remove.classList.add('sure');
      remove.textContent = text('delete.sure');
      return;
    }
    await api.remove(session.id);
    item.remove();
    deleted(session.id);
  });
  remove.addEventListener('blur', () => { remove.classList.remove('sure'); remove.textContent = '✕'; });
  item.append(button, remove);
  return item;
}
