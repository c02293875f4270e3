/**
 * The module of a `%%chat` cell: it draws one turn with the bundle that its hub carries.
 *
 * Every cell stores this file, so it stays under 1 KB. Its one law: where it cannot draw, the static
 * transcript beside it stays as it is.
 */

interface Model {
  get(name: string): string;
  widget_manager: { get_model(id: string): Promise<Model> };
}

interface Bundle {
  drawTurn(place: object): () => void;
}

const KEY = Symbol.for("cellspeak.bundles");

function bundleOf(hub: Model): Promise<Bundle> | undefined {
  const page = globalThis as { [KEY]?: Map<string, Promise<Bundle>> };
  page[KEY] ??= new Map();
  const text = hub.get("_esm");
  if (!page[KEY].has(text)) page[KEY].set(text, load(text));
  return page[KEY].get(text);
}

async function load(text: string): Promise<Bundle> {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

interface View {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

async function render({ model, el, signal }: View): Promise<(() => void) | undefined> {
  try {
    const id = model.get("hub").replace("IPY_MODEL_", "");
    const hub = await model.widget_manager.get_model(id);
    const bundle = await bundleOf(hub);
    const turn = model.get("turn_id");
    const note = model.get("note");
    const staticClass = model.get("static_class");
    return signal?.aborted
      ? undefined
      : bundle?.drawTurn({ hub, turn, note, staticClass, el, signal });
  } catch (error) {
    console.info("cellspeak: this cell shows its static transcript;", error);
    return undefined;
  }
}

export default { render };
