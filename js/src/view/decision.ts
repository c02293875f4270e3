/**
 * How an approval was decided, in one line.
 */

import { type Approval, isEdited, str } from "../core/index";
import { whoOf } from "./error";
import { STRINGS } from "./strings";
import { timeOfDay } from "./words";

/** `pending`, `approved`, `denied`, or `passed` when the turn ended first. */
export function stateOf({ resolution }: Approval, pending: boolean): string {
  if (pending) return "pending";
  if (!resolution) return "passed";
  return resolution.approved === true ? "approved" : "denied";
}

/** Who decided what and when, with changed arguments or not, for how long, and why not. */
export function decisionOf(approval: Approval): string {
  const { resolution } = approval;
  if (!resolution) return STRINGS.notAsked;
  const approved = resolution.approved === true;
  const how = approved ? STRINGS.approved : STRINGS.denied;
  const line = STRINGS.resolved(how, whoOf(resolution.by), timeOfDay(resolution.at));
  if (approved) return [line, ...conditionsOf(approval)].join(", ");
  const reason = str(resolution.deny_reason);
  return reason ? `${line}: ${reason}` : line;
}

function conditionsOf(approval: Approval): string[] {
  const remember = approval.resolution?.remember;
  return [
    ...(isEdited(approval) ? [STRINGS.withChanges] : []),
    ...(remember === "tool" ? [STRINGS.rememberedTool] : []),
    ...(remember === "args" ? [STRINGS.rememberedArgs] : []),
  ];
}
