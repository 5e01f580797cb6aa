// The studio: what is pressed goes to the session API, and what is shown comes from the session's events. So a reload, or another tab,
// shows what runs.

import * as api from './api.js';
import { Brush } from './brush.js';
import { Dial } from './dial.js';
import { download, readText, strip } from './png.js';
import { showReport } from './report.js';
import { Settings } from './settings.js';
import { showGallery } from './gallery.js';
import { loadImage, Stage, structuralSimilarity } from './stage.js';
import { bytes, load as loadTexts, number, seconds, text } from './texts.js';
import { pathTo, Tree } from './tree.js';
import { changed, changes } from './words.js';

const element = id => document.getElementById(id);
const prompt = element('prompt');

const Examples = ['a red house under a yellow moon', 'a blue boat and a yellow sun at sea', 'a green tree and a white cloud on a hill'];

const state = {
  options: null,
  session: null,
  /** @type {null | {refines: boolean, prompt: string, parent: number | null}} */
  running: null,
  /** The request that asked for what runs, and who waits for its end. */
  asking: false,
  posting: Promise.resolve(),
  awaited: null,
  lost: false,
  events: null,
  pressed: 0,
  firstPixels: null,
  shown: { kind: 'round', number: 0 },
};

const stage = new Stage();
const dial = new Dial();
const brush = new Brush(() => predict(100));
const tree = new Tree({ go: goTo, compare: compareRounds });
const settings = new Settings(changeSettings);

const rounds = () => state.session?.rounds ?? [];
const current = () => rounds()[(state.session?.current_round ?? 0) - 1];
const finalOf = round => state.session?.finals?.findLast(final => final.round === round?.number);
const urlOf = (kind, at) => api.pictureUrl(state.session.id, kind, at);
const linkOf = session => state.options.links.find(link => link.id === (session.settings.link ?? state.options.link));

// ---- What goes wrong

function say(message) { element('status').textContent = message; }

function trouble(error, place = 'trouble') {
  const message = error && (error.code === 'unreachable' ? text('unreachable') : error.message || text('unexpected'));
  element(place).hidden = !message;
  element(place).textContent = message ?? '';
  if (error && !(error instanceof api.ApiError)) console.error(error);
}

/** Does what a button says, and shows what goes wrong with it. */
const act = work => async event => {
  event?.preventDefault?.();
  trouble(null);
  try { await work(event); } catch (error) { if (error.name !== 'AbortError') trouble(error); }
};

// ---- The session

/** Hears a session, and waits for its state: a round that is asked for before may be over before anything of it is heard. */
async function open(id) {
  state.events?.close();
  history.replaceState(null, '', `?session=${encodeURIComponent(id)}`);
  await new Promise(heard => {
    state.events = api.watch(id, (type, told) => { hear(type, told); heard(); }, gone => {
      if (gone) trouble(new api.ApiError(404, { message: text('session.gone') }));
      else { state.lost = true; say(text('unreachable')); }
      heard();
    });
  });
}

/** Begins a session where there is none yet. */
async function needSession() {
  if (state.session) return;
  state.session = await api.begin(settings.wanted());
  await open(state.session.id);
}

function reset() {
  state.events?.close();
  Object.assign(state, { session: null, running: null, events: null });
  history.replaceState(null, '', location.pathname);
  endViews();
  stage.clear();
  stage.progress(false);
  prompt.value = '';
  element('report').hidden = true;
  say('');
  trouble(null);
  predict();
  refresh();
  prompt.focus();
}

// ---- What the server tells

function hear(type, told) {
  if (type === 'state' || type === 'changed') adopt(told.session, type === 'state' ? told.running ?? null : undefined);
  else if (type === 'deleted') reset();
  else {
    const refines = type.startsWith('final_image');
    ({
      started: () => begun(refines, told),
      partial_image: () => progressed(refines, told),
      completed: () => refines ? refined(told.final_image) : drawn(told.round),
      failed: () => ended(() => trouble(new api.ApiError(0, told.error))),
      cancelled: () => ended(() => say(text('cancelled'))),
    })[type.split('.')[1]]();
  }
}

function adopt(session, running) {
  const isOther = session.id !== state.session?.id || !stage.stage.dataset.adopted;
  const moved = isOther || session.current_round !== state.session?.current_round;
  if (state.lost) say('');
  Object.assign(state, { session, lost: false });
  settings.show(session);
  if (isOther) stage.stage.dataset.adopted = 'yes';
  if (running) {
    begun(running.type.includes('final_image'), running, isOther);
    progressed(running.type.includes('final_image'), running);
  } else if (running === undefined ? !state.running : !state.asking) {
    // What ran before the connection was lost has come to its end.
    state.running = null;
    stage.progress(false);
    if (moved && !stage.comparing) showCurrent(isOther);
  }
  predict();
  refresh();
}

function begun(refines, told, adoptsPrompt = false) {
  const isKnown = state.running?.refines === refines && state.running.prompt === told.prompt;
  state.running = { refines, prompt: told.prompt, parent: told.parent ?? null };
  if (isKnown) return;
  clearTimeout(waiting);
  predicting?.abort();
  endViews();
  if (adoptsPrompt) prompt.value = told.prompt;
  if (refines && current()) stage.show(urlOf('round', current().number), current().prompt).catch(() => { });
  stage.progress(true, 0);
  say(text(refines ? 'refining' : 'drawing'));
  refresh();
}

async function progressed(refines, told) {
  stage.progress(true, told.steps ? told.step / told.steps : 0);
  if (refines) say(stageOf(told));
  else if (told.steps) say(text('drawing.step', { step: told.step, steps: told.steps }));
  if (!told.b64_json) return;
  const shown = await stage.show(`data:image/${told.output_format};base64,${told.b64_json}`, text('picture.preview', { prompt: told.prompt ?? state.running?.prompt }));
  if (shown && state.pressed && !refines && state.firstPixels === null) {
    state.firstPixels = performance.now() - state.pressed;
    performance.measure('first-pixels', { start: state.pressed, end: performance.now() });
  }
}

function stageOf(told) {
  const where = text(`stage.${told.stage ?? 'refining'}`, { step: told.step ?? 0, steps: told.steps ?? '', attempt: told.attempt ?? 1, place: told.queue_place ?? 0 });
  return told.trouble ? `${where} ${told.trouble}` : where;
}

async function drawn(round) {
  if (!rounds().some(known => known.number === round.number)) {
    // A picture that was sent is a round before the one that it began.
    if (round.number > rounds().length + 1) state.session = { ...state.session, ...await fetchSession() };
    else state.session.rounds.push(round);
  }
  state.session.current_round = round.number;
  dial.reset();
  brush.active = false;
  brush.clear();
  ended();
  await showCurrent();
}

async function fetchSession() {
  return (await fetch(`/v1/sessions/${encodeURIComponent(state.session.id)}`)).json();
}

async function refined(final) {
  state.session.finals = [...(state.session.finals ?? []).filter(known => known.number !== final.number), final];
  ended();
  if (final.round === current()?.number) await showCurrent();
}

function ended(then) {
  state.running = null;
  stage.progress(false);
  predict();
  refresh();
  then?.();
  if (then && !stage.comparing) current() ? stage.show(urlOf('round', current().number), current().prompt).catch(() => { }) : stage.clear();
  state.awaited?.();
  state.awaited = null;
}

/** Shows the current round: its draft, or with a final picture both under one slider. */
async function showCurrent(adoptsPrompt = false) {
  const round = current();
  endViews();
  if (!round) {
    stage.clear();
    element('report').hidden = true;
    return;
  }
  if (adoptsPrompt) prompt.value = round.prompt;
  echo();
  const final = finalOf(round);
  state.shown = final ? { kind: 'final', number: final.number } : { kind: 'round', number: round.number };
  await stage.show(urlOf(state.shown.kind, state.shown.number), round.prompt);
  sayRound(round);
  if (final) await showFinal(round, final);
  else element('report').hidden = true;
  refresh();
}

function sayRound(round) {
  const parts = [text('status.round', { number: round.number, time: seconds(round.seconds), steps: round.steps, seed: round.seed })];
  if (state.firstPixels !== null) parts.push(text('status.first', { time: seconds(state.firstPixels / 1000) }));
  if (round.masked) parts.push(text('status.masked'));
  say(parts.join(' · '));
  state.firstPixels = null;
  state.pressed = 0;
}

async function showFinal(round, final) {
  const [draft, picture] = [urlOf('round', round.number), urlOf('final', final.number)];
  await stage.compare({ source: draft, name: text('tag.draft') }, { source: picture, name: text('tag.final') });
  const [one, other, png] = await Promise.all([loadImage(draft), loadImage(picture), fetch(draft).then(answer => answer.arrayBuffer())]);
  showReport(element('report'), final, {
    kept: structuralSimilarity(one, other), pngBytes: png.byteLength, link: linkOf(state.session), rounds: pathTo(rounds(), round.number).length,
    cloudSteps: state.options.cloud_steps, refineLater: act(refine),
  });
}

// ---- What is pressed

async function draw(extra = {}) {
  const words = prompt.value.trim();
  if (!words && !extra.image) { prompt.focus(); say(text('prompt.empty')); return; }
  Object.assign(state, { pressed: performance.now(), firstPixels: null });
  if (state.running) await stop();
  const mask = brush.mask();
  const strength = dial.enabled ? dial.chosen : null;
  await post({ refines: false, prompt: words, parent: state.session?.current_round ?? null }, async () => {
    await needSession();
    await api.draw(state.session.id, { prompt: words, ...mask ? { mask } : {}, ...strength !== null ? { strength } : {}, ...extra });
  });
}

/** Asks for something, and shows at once that it is begun. */
async function post(operation, ask) {
  begun(operation.refines, operation);
  state.asking = true;
  state.posting = ask();
  try { await state.posting; } catch (error) {
    ended();
    throw error;
  } finally { state.asking = false; }
}

const finished = () => new Promise(resolve => { state.awaited = resolve; });

async function stop() {
  if (!state.running) return;
  await state.posting.catch(() => { });
  if (!state.running) return;
  const over = finished();
  await api.cancel(state.session.id);
  await over;
}

async function refine() {
  await post({ refines: true, prompt: current().prompt, parent: current().number }, () => api.refine(state.session.id));
}

async function undo() {
  await api.undo(state.session.id);
}

async function goTo(at) {
  if (state.running) return;
  await act(async () => {
    endViews();
    if (at !== state.session.current_round) await api.branch(state.session.id, at);
    else await showCurrent(true);
    prompt.value = rounds()[at - 1].prompt;
    echo();
    predict();
  })();
}

async function compareRounds(one, other) {
  await act(async () => {
    endViews();
    await stage.compare({ source: urlOf('round', one), name: text('tag.round', { number: one }) }, { source: urlOf('round', other), name: text('tag.round', { number: other }) });
    element('report').hidden = true;
    refresh();
    element('compare-slider').focus();
  })();
}

/** Two rounds from the same start, with two seeds, to choose from. */
async function drawTwo() {
  const start = state.session?.current_round ?? null;
  const seed = current() ? current().seed + 1 : state.session?.seed ?? Math.floor(Math.random() * 2 ** 31);
  const mask = brush.mask();
  const own = { ...mask ? { mask } : {}, ...dial.enabled && dial.chosen !== null ? { strength: dial.chosen } : {} };
  const pair = [];
  for (const each of [seed, seed + 1000]) {
    await needSession();
    if (pair.length) start ? await api.branch(state.session.id, start) : await api.undo(state.session.id);
    const over = finished();
    await draw({ ...own, seed: each });
    await over;
    const last = rounds().at(-1);
    if (!last || pair.includes(last.number)) return;
    pair.push(last.number);
  }
  await compareRounds(...pair);
  element('tag-left').textContent = 'A';
  element('tag-right').textContent = 'B';
  element('ab-choice').hidden = false;
  element('take-a').onclick = () => goTo(pair[0]);
  element('take-b').onclick = () => goTo(pair[1]);
}

function toggleCompare() {
  const round = current();
  if (stage.comparing) { endViews(); refresh(); return; }
  if (finalOf(round)) return showCurrent();
  return compareRounds(round.parent, round.number);
}

function endViews() {
  stage.endComparison();
  element('ab-choice').hidden = true;
}

async function changeSettings(changed) {
  trouble(null, 'settings-trouble');
  if (!state.session) return;
  try { await api.change(state.session.id, changed); } catch (error) { trouble(error, 'settings-trouble'); settings.show(state.session); }
}

// ---- The prompt, as it is typed

function echo() {
  const before = current()?.prompt;
  const parts = before === undefined ? [{ text: prompt.value, changed: false }] : changes(before, prompt.value);
  element('echo').replaceChildren(...parts.map(part => part.changed ? Object.assign(document.createElement('mark'), { textContent: part.text }) : part.text));
  const words = before === undefined ? '' : changed(before, prompt.value);
  element('changes').textContent = words ? text('prompt.changes', { words }) : '';
  prompt.style.height = 'auto';
  prompt.style.height = `${Math.max(60, prompt.scrollHeight)}px`;
}

let predicting = null;
let waiting = 0;

/** Asks how much noise the prompt would need, once the typing pauses. */
function predict(pause = 0) {
  clearTimeout(waiting);
  predicting?.abort();
  if (!current() || state.running) { if (!current()) dial.predict(1, false); return; }
  if (brush.active && brush.painted) { dial.predict(1, true); return; }
  waiting = setTimeout(async () => {
    predicting = new AbortController();
    try {
      const { strength } = await api.strength(state.session.id, prompt.value.trim() || current().prompt, predicting.signal);
      dial.predict(strength, true);
    } catch (error) { if (error.name !== 'AbortError') console.warn(error.message); }
  }, pause);
}

function refresh() {
  const { session, running } = state;
  const has = Boolean(current());
  tree.show(session, running && !running.refines ? running : null);
  element('draw').hidden = Boolean(running);
  element('cancel').hidden = !running;
  element('undo').disabled = !has || Boolean(running);
  element('brush').disabled = !has || Boolean(running);
  element('ab').disabled = Boolean(running);
  element('refine').disabled = !has || Boolean(running) || !state.options?.has_cloud;
  const comparable = has && (finalOf(current()) || current().parent);
  element('compare-toggle').disabled = !comparable && !stage.comparing || Boolean(running);
  element('compare-toggle').setAttribute('aria-pressed', String(stage.comparing));
  for (const button of ['save-picture', 'save-strip', 'copy-link']) element(button).disabled = !has;
  document.title = session && prompt.value ? `${prompt.value} – DiffusionX Studio` : 'DiffusionX Studio';
  echo();
}

// ---- Files

function fileName(ending) {
  const words = (current()?.prompt ?? 'picture').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 40).replace(/^-|-$/g, '');
  return `${words || 'picture'}${ending}`;
}

async function saveStrip() {
  const path = pathTo(rounds(), state.session.current_round);
  const pictures = path.map(round => ({ source: urlOf('round', round.number), caption: round.prompt }));
  const final = finalOf(current());
  if (final) pictures.push({ source: urlOf('final', final.number), caption: text('tag.final') });
  const url = URL.createObjectURL(await strip(pictures));
  download(url, fileName('-rounds.png'));
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A PNG of the studio opens its session where it stood; any other picture is what the next round starts from. */
async function take(file) {
  const buffer = await file.arrayBuffer();
  const found = readText(buffer);
  const id = found['diffusionx session'];
  if (id && (await api.list()).some(session => session.id === id)) {
    await api.branch(id, Number(found['diffusionx round']));
    delete stage.stage.dataset.adopted;
    await open(id);
    return;
  }
  if (found.prompt) {
    reset();
    prompt.value = found.prompt;
    settings.take({ seed: Number(found.seed), negative_prompt: found['negative prompt'] ?? '' });
    say(text('drop.elsewhere'));
    refresh();
    return;
  }
  const image = btoa(Array.from(new Uint8Array(buffer), byte => String.fromCharCode(byte)).join(''));
  await draw({ image });
}

function acceptDrops() {
  const files = event => event.dataTransfer?.types.includes('Files');
  let depth = 0;
  const show = by => { depth += by; element('drop').hidden = depth <= 0; };
  addEventListener('dragenter', event => files(event) && show(1));
  addEventListener('dragleave', event => files(event) && show(-1));
  addEventListener('dragover', event => files(event) && event.preventDefault());
  addEventListener('drop', event => {
    if (!files(event)) return;
    depth = 0;
    show(0);
    act(() => take(event.dataTransfer.files[0]))(event);
  });
  addEventListener('paste', event => { if (event.clipboardData?.files[0]) act(() => take(event.clipboardData.files[0]))(event); });
}

// ---- The page

function listen() {
  const click = (id, work) => element(id).addEventListener('click', act(work));
  element('composer').addEventListener('submit', act(() => draw()));
  click('cancel', stop);
  click('refine', refine);
  click('undo', undo);
  click('brush', () => { brush.active = !brush.active; predict(); refresh(); });
  click('compare-toggle', toggleCompare);
  click('ab', drawTwo);
  click('new', reset);
  click('open-settings', () => element('settings').showModal());
  click('open-sessions', () => showGallery(state.session?.id, open => { delete stage.stage.dataset.adopted; return openSession(open); }, id => { if (id === state.session?.id) reset(); }));
  click('save-picture', () => download(api.pictureUrl(state.session.id, state.shown.kind, state.shown.number, true), fileName('.png')));
  click('save-strip', saveStrip);
  click('copy-link', async () => { await navigator.clipboard.writeText(location.href); say(text('copied')); });
  for (const button of ['save-picture', 'save-strip', 'copy-link']) element(button).addEventListener('click', () => element('export').hidePopover());
  prompt.addEventListener('input', () => { echo(); predict(120); });
  prompt.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); element('composer').requestSubmit(); }
  });
  addEventListener('keydown', event => {
    if (document.querySelector('dialog[open]')) return;
    const isTyping = event.target === prompt && prompt.value !== (current()?.prompt ?? '');
    if (event.key === 'Escape') {
      if (state.running) act(stop)(event);
      else if (stage.comparing) { endViews(); refresh(); } else if (brush.active) { brush.active = false; refresh(); }
    } else if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !isTyping && !element('undo').disabled) act(undo)(event);
    else if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && !element('refine').disabled) act(refine)(event);
    else if (event.key === '/' && event.target === document.body) { event.preventDefault(); prompt.focus(); }
  });
  // Browsers open few connections to one host: tabs that nobody sees give theirs free, and come again.
  document.addEventListener('visibilitychange', () => {
    if (!state.session) return;
    if (document.hidden) state.events?.close();
    else open(state.session.id);
  });
  acceptDrops();
}

async function openSession(id) {
  endViews();
  state.session = null;
  await open(id);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}

async function chooseLanguage(chosen) {
  const { languages, code } = await loadTexts(chosen);
  element('language').replaceChildren(...Object.entries(languages).map(([key, name]) => new Option(name, key, false, key === code)));
  prompt.placeholder = text('prompt.placeholder');
  element('examples').replaceChildren(...Examples.map(words => {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: words, lang: 'en' });
    button.addEventListener('click', act(() => { prompt.value = words; echo(); return draw(); }));
    return button;
  }));
  element('rounds-hint').textContent = text(matchMedia('(pointer: coarse)').matches ? 'rounds.hint.touch' : 'rounds.hint');
  dial.show();
}

async function start() {
  const theme = localStorage.getItem('theme') ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.dataset.theme = theme;
  element('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
  await chooseLanguage();
  element('language').addEventListener('change', act(async event => { await chooseLanguage(event.target.value); settings.options(state.options); if (state.session) settings.show(state.session); await showCurrent(); refresh(); }));
  listen();
  stage.clear();
  say(text('loading'));
  while (!state.options?.models.length) {
    try { state.options = await api.options(); } catch (error) { if (error.code === 'unreachable') trouble(error); }
    if (!state.options?.models.length) await new Promise(resolve => setTimeout(resolve, 300));
  }
  trouble(null);
  say('');
  settings.options(state.options);
  const id = new URLSearchParams(location.search).get('session');
  if (id) await openSession(id);
  predict();
  refresh();
  prompt.focus();
  document.documentElement.dataset.ready = 'yes';
}

await act(start)();
