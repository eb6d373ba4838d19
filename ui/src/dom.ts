/** Elements made by code: text is text, so that nothing from a node or a stranger is ever read as markup. */
export type Child = Node | string | number | null | undefined | false | readonly Child[];

type Handler = (event: Event) => void;
interface Attributes {
  readonly [name: string]: string | number | boolean | Handler | null | undefined;
}

const SVG = "http://www.w3.org/2000/svg";

export function h(tag: string, attributes: Attributes | null, ...children: readonly Child[]): HTMLElement {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag: string, attributes: Attributes | null, ...children: readonly Child[]): SVGElement {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Handlers are properties (`onclick`), which an update carries over; everything else is an attribute. */
function fill<E extends Element>(element: E, attributes: Attributes | null, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") (element as unknown as Record<string, Handler>)[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child as readonly Child[]);
    else parent.append(child instanceof Node ? child : String(child));
  }
}

const HANDLERS = [
  "onclick",
  "onchange",
  "oninput",
  "onkeydown",
  "onsubmit",
  "onpointerdown",
  "onpointermove",
  "onpointerup",
  "onpointerleave",
  "ondblclick",
  "onwheel",
  "ontoggle",
] as const;

/**
 * Makes what is shown equal to what was made, changing only what differs: focus, scrolling, selection and open details stay.
 * Children with a `data-key` keep their element when they move.
 */
export function morph(shown: Element, made: Element): void {
  morphAttributes(shown, made);
  const keyed = new Map<string, Element>();
  for (const child of shown.children) {
    const key = child.getAttribute("data-key");
    if (key !== null) keyed.set(key, child);
  }
  let at = shown.firstChild;
  for (const next of [...made.childNodes]) {
    const key = next instanceof Element ? next.getAttribute("data-key") : null;
    const known = key === null ? at : (keyed.get(key) ?? null);
    if (known !== null && canMorph(known, next)) {
      if (known !== at) shown.insertBefore(known, at);
      else at = at.nextSibling;
      if (known instanceof Element) morph(known, next as Element);
      else if (known.nodeValue !== next.nodeValue) known.nodeValue = next.nodeValue;
    } else shown.insertBefore(next, at);
  }
  while (at !== null) {
    const after: ChildNode | null = at.nextSibling;
    at.remove();
    at = after;
  }
}

function canMorph(shown: Node, made: Node): boolean {
  if (shown.nodeType !== made.nodeType || shown.nodeName !== made.nodeName) return false;
  if (!(shown instanceof Element) || !(made instanceof Element)) return true;
  return shown.getAttribute("data-key") === made.getAttribute("data-key");
}

function morphAttributes(shown: Element, made: Element): void {
  for (const { name, value } of [...made.attributes]) {
    if (name === "open" && shown.tagName === "DETAILS") continue;
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  for (const { name } of [...shown.attributes]) {
    const isOwn = name === "open" && shown.tagName === "DETAILS";
    if (!isOwn && !made.hasAttribute(name)) shown.removeAttribute(name);
  }
  const [to, from] = [shown, made] as unknown as Record<string, unknown>[];
  for (const name of HANDLERS) if (to![name] !== from![name]) to![name] = from![name];
}
