// The page's words, from texts/LANGUAGE.json. Another language is another file and a line in texts/languages.json.

let words = {};
let numbers = new Intl.NumberFormat('en');
let code = 'en';

/** @param {string} key @param {Record<string, string | number>} [values] */
export function text(key, values = {}) {
  const found = values.count === 1 ? words[`${key}.one`] ?? words[key] : words[key];
  return (found ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** @param {number} value @param {number} [digits] */
export const number = (value, digits = 2) => new Intl.NumberFormat(code, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
export const date = seconds => new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeStyle: 'short' }).format(seconds * 1000);

/** @param {number} count */
export function bytes(count) {
  return count < 1000 ? `${numbers.format(count)} B` : count < 1e6 ? `${number(count / 1000, 1)} kB` : `${number(count / 1e6, 2)} MB`;
}

export const seconds = value => value < 0.9995 ? `${numbers.format(Math.round(value * 1000))} ms` : `${number(value, 2)} s`;

const stored = () => localStorage.getItem('language');

/** Loads the language that was chosen, or else the browser's, and puts its words on the page. */
export async function load(chosen) {
  const languages = await (await fetch('texts/languages.json')).json();
  if (chosen) localStorage.setItem('language', chosen);
  const wanted = [stored(), ...navigator.languages.map(each => each.split('-')[0]), 'en'];
  code = wanted.find(each => each in languages);
  words = await (await fetch(`texts/${code}.json`)).json();
  numbers = new Intl.NumberFormat(code);
  document.documentElement.lang = code;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', text(element.dataset.label));
  for (const element of document.querySelectorAll('[data-title]')) element.title = text(element.dataset.title);
  return { languages, code };
}
