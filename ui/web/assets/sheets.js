// What stands on a page of the source: its picture, its words over it, and boxes around what is quoted. Follows paper.js in
// the same function, and uses what stands there. Words of documents become text and never HTML.

const ruler = document.createElement("canvas").getContext("2d");
const share = (parts) => `${(100 * parts) / PARTS}%`;

function putPicture(sheet, { picture, lines }, dots) {
  const image = make("img", "");
  image.alt = ""; // its words follow
  image.src = picture;
  const words = make("div", "words");
  ruler.font = "100px serif";
  const tall = Number(sheet.style.getPropertyValue("--tall"));
  for (const [[left, top, width, height], text] of lines) {
    const line = make("span", "");
    line.textContent = text;
    const wide = ruler.measureText(text).width / 100;
    line.style.cssText = `left:${share(left)};top:${share(top)};font-size:calc(100cqw * ${(tall * height) / PARTS});`;
    if (wide) line.style.transform = `scaleX(${width / (wide * height * tall)})`;
    words.append(line);
  }
  sheet.replaceChildren(image, words);
  sheet.dataset.dots = dots;
}

function putBoxes(sheet, { boxes, unsure }, key) {
  sheet.dataset.boxes = key;
  sheet.dataset.unsure = unsure.join(" ");
  for (const old of sheet.querySelectorAll(".box")) old.remove();
  for (const [number, [left, top, width, height]] of boxes) {
    const box = make("div", "box");
    box.dataset.box = number;
    box.title = number ? nameFootnote(number) : _("The words of the link");
    box.style.cssText = `left:${share(left)};top:${share(top)};width:${share(width)};height:${share(height)};`;
    sheet.append(box);
  }
  followBoxes();
}

function followBoxes() {
  const number = wanted && wanted.document === shownDocument() ? String(wanted.number) : null;
  for (const box of paper.querySelectorAll(".box")) box.classList.toggle("followed", box.dataset.box === number);
}

function renewBoxes() {
  followBoxes();
  if (!citedHere().length) for (const sheet of sheets) if (sheet.dataset.dots) putBoxes(sheet, { boxes: [], unsure: [] }, keyOfBoxes());
  askNext();
}

function sayOnSheet(sheet, words) {
  const line = make("p", "undrawn");
  line.textContent = `${words[0].toUpperCase()}${words.slice(1)}.`;
  sheet.replaceChildren(line);
}

function giveUpFar() {
  const drawn = sheets.filter((sheet) => sheet.dataset.dots && !near.has(sheet));
  const middle = paper.scrollTop + paper.clientHeight / 2;
  drawn.sort((one, other) => Math.abs(other.offsetTop - middle) - Math.abs(one.offsetTop - middle));
  for (const sheet of drawn.slice(0, Math.max(0, drawn.length + near.size - MOST_DRAWN))) {
    sheet.replaceChildren();
    delete sheet.dataset.dots;
    delete sheet.dataset.boxes;
  }
}
