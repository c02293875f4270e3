/**
 * A form for the arguments of a tool, made from their JSON Schema.
 *
 * Its one law: it never loses an argument. What has no field of its own is edited as JSON; what nobody
 * touched comes back as it was.
 */

import { type Data, dict, get, isObject } from "../core/index";
import { element, setText, show } from "../view/element";
import { STRINGS } from "../view/strings";
import { complaint } from "./arguments";
import { CARD } from "./cardStrings";
import { type Field, JsonField } from "./controls";
import { fieldFor } from "./fields";

/** What a form holds: arguments that fit, or what is wrong with them. */
export type Edited = { readonly args: Data } | { readonly problem: string };

/** A form over `args`. Put `element` into the document; `read` when the person is done. */
export class ArgumentsForm {
  readonly element = element("div", "form");
  readonly #schema: unknown;
  readonly #field: Field;
  readonly #problem = element("div", "line failed");

  /**
   * @param args what was asked for; the form starts with it.
   * @param schema the JSON Schema of the arguments, from anybody.
   * @param signal ends the form's listeners.
   */
  constructor(args: Data, schema: unknown, signal: AbortSignal) {
    this.#schema = schema;
    const known = isObject(get(dict(schema), "properties"));
    this.#field = known
      ? fieldFor({ schema, value: args, root: schema, name: "", depth: 0, signal })
      : new JsonField({ schema, value: args, name: STRINGS.arguments });
    this.#problem.setAttribute("role", "alert");
    show(this.#problem, false);
    this.element.append(this.#field.element, this.#problem);
  }

  /** Return what stands in the form, checked; a problem is shown, too. */
  read(): Edited {
    const edited = this.#read();
    const problem = "problem" in edited ? edited.problem : "";
    setText(this.#problem, problem);
    show(this.#problem, problem !== "");
    return edited;
  }

  /** Put the focus into the first field. */
  focus(): void {
    this.element.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
  }

  #read(): Edited {
    const found = this.#field.read();
    if ("problem" in found) return found;
    if (!isObject(found.value)) return { problem: CARD.notAnObject };
    const problem = complaint(found.value, this.#schema);
    return problem === undefined ? { args: found.value } : { problem: sentence(problem) };
  }
}

function sentence(problem: string): string {
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}
