// Which words of a prompt changed since the round that it starts from: the ones that a longest common subsequence leaves over.

const split = prompt => prompt.match(/\S+|\s+/g) ?? [];
const isWord = part => /\S/.test(part);
const plain = word => word.toLowerCase().replace(/[,.;:!?]+$/, '');

/**
 * @param {string} before @param {string} now
 * @returns {{text: string, changed: boolean}[]} The parts of the new prompt, spaces included.
 */
export function changes(before, now) {
  const old = split(before).filter(isWord).map(plain);
  const parts = split(now);
  const fresh = parts.filter(isWord).map(plain);
  const length = Array.from({ length: fresh.length + 1 }, () => new Uint16Array(old.length + 1));
  for (let i = fresh.length - 1; i >= 0; i--) {
    for (let j = old.length - 1; j >= 0; j--) {
      length[i][j] = fresh[i] === old[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }

  let i = 0, j = 0;
  const same = fresh.map(() => false);
  while (i < fresh.length && j < old.length) {
    if (fresh[i] === old[j]) { same[i++] = true; j++; }
    else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }

  let word = 0;
  return parts.map(part => ({ text: part, changed: isWord(part) && !same[word++] }));
}

/** The changed words alone, with an ellipsis between those that do not touch. */
export function changed(before, now) {
  const runs = [];
  let open = false;
  for (const part of changes(before, now)) {
    if (part.changed) {
      open ? runs.push(`${runs.pop()} ${part.text}`) : runs.push(part.text);
      open = true;
    } else if (isWord(part.text)) open = false;
  }
  return runs.join(' … ');
}
